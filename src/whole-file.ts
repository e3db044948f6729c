// Writes a file whole or not at all: a temporary name beside it, fsync, rename, fsync of the folder.
import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** The temporary name begins with a dot and has none of the endings by which cron, systemd or a node exporter would read it. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path).replaceAll('.', '_')}.${randomBytes(6).toString('hex')}.new`)
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(text)
      await file.chmod(mode) // whatever the umask is
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

/** Makes renames and removals in it last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
