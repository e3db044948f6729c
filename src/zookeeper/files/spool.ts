// Lays the ZooKeeper files of a backup's archive out in a folder as a server wants them, so that they can be read more than once and a server can start on them.
import { createWriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { dataFiles } from './choose-files.ts'
import type { DataFiles } from './inspect.ts'
import { openFiles } from './open-files.ts'
import { wholeTar } from './whole-tar.ts'

export interface Spooled extends DataFiles {
  readonly folder: string
  readonly bytes: number
  /** Of the largest snapshot. */
  readonly snapshotBytes: number
}

/** dataDir and dataLogDir of DC/OS below `folder`. */
const spoolFolders = { snapshot: 'snapshot', log: 'transactions' } as const

/** @throws Error where the archive is cut off or damaged; what the file system throws, ENOSPC among it */
export async function spool(archive: AsyncIterable<Uint8Array>, folder: string): Promise<Spooled> {
  for (const part of Object.values(spoolFolders))
    await mkdir(join(folder, part, 'version-2'), { recursive: true, mode: 0o700 })
  const unpacked = extract()
  const fed = pipeline(wholeTar(archive), unpacked)
  fed.catch(() => {}) // It destroys `unpacked`, whose reader gets the error; awaited below.
  for await (const entry of unpacked) {
    const place = entry.header.type === 'file' ? placeOf(entry.header.name) : undefined
    if (place === undefined) entry.resume()
    else await pipeline(entry, createWriteStream(join(folder, place), { mode: 0o600, flags: 'wx' }))
  }
  await fed
  const { names, open } = await openFiles(folder)
  const sizes = await Promise.all(names.map(async name => ({ name, size: (await stat(join(folder, name))).size })))
  return {
    names,
    open,
    folder,
    bytes: sizes.reduce((sum, { size }) => sum + size, 0),
    snapshotBytes: Math.max(
      0,
      ...sizes.filter(({ name }) => basename(name).startsWith('snapshot.')).map(({ size }) => size),
    ),
  }
}

/** Only snapshots and logs; their names are digits behind a word, so that no name leads elsewhere. */
function placeOf(name: string): string | undefined {
  const { snapshots, logs } = dataFiles([name])
  if (snapshots.length > 0) return join(spoolFolders.snapshot, 'version-2', basename(name))
  return logs.length > 0 ? join(spoolFolders.log, 'version-2', basename(name)) : undefined
}
