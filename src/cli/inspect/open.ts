// Opens what `inspect` is asked about: a folder or an archive, on its own or inside a backup that was downloaded whole.
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { DcosctlError } from '../../errors.ts'
import { type Manifest, ManifestError, manifestName, parseManifest } from '../../store/manifest.ts'
import type { Note } from '../../zookeeper/files/damage.ts'
import type { DataFiles } from '../../zookeeper/files/inspect.ts'
import { openFiles } from '../../zookeeper/files/open-files.ts'

const archive = /\.(tar|tar\.gz|tgz|tar\.zst)$/

/** The archive, or a file in it, can't be read to its end: of what is in it nothing may be trusted. */
export class BrokenArchive extends Error {
  override readonly name = 'BrokenArchive'
  constructor(path: string, cause: unknown) {
    super(`${basename(path)} can't be read to its end`, { cause })
  }
}

/** Damage, a full disk or a fault of ours? What the operating system says about a file carries its call. */
const isFromDisk = (error: unknown): boolean => error instanceof Error && 'syscall' in error

/**
 * @throws DcosctlError USAGE where there is nothing of that name, or nothing of that kind
 * @throws BrokenArchive, also while a file in it is read
 */
export async function openForInspection(path: string): Promise<DataFiles> {
  await refuseWhatIsNoArchive(path)
  const readable = async <T>(reading: () => Promise<T>): Promise<T> => {
    try {
      return await reading()
    } catch (error) {
      throw isFromDisk(error) ? error : new BrokenArchive(path, error)
    }
  }
  const files = await readable(() => openFiles(path))
  async function* open(name: string): AsyncGenerator<Uint8Array> {
    const pieces = files.open(name)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await readable(() => pieces.next())
        if (next.done) return
        yield next.value
      }
    } finally {
      await pieces.return?.()
    }
  }
  return { ...files, open }
}

async function refuseWhatIsNoArchive(path: string): Promise<void> {
  const refused = (what: string, next: readonly string[]) =>
    new DcosctlError('USAGE', { what, state: 'Nothing was touched.', next })
  const seen = await stat(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')))
      throw error
    throw refused(`There is no ${path}.`, ['name a folder, or a .tar, .tar.gz or .tar.zst'])
  })
  if (path.endsWith('.age')) {
    const plain = basename(path, '.age')
    throw refused(`${path} is encrypted.`, [`age --decrypt --identity KEYFILE --output ${plain} ${path}`])
  }
  if (!seen.isDirectory() && !archive.test(path)) {
    throw refused(`${path} is neither a folder nor a .tar, .tar.gz or .tar.zst.`, [
      'to see one snapshot or log, name the folder that it is in',
    ])
  }
}

/** What the backup that an archive lies in says of it. */
export interface Recorded {
  /** The last transaction that may be in the archive's snapshot. */
  readonly fuzzEnd: bigint | undefined
  readonly notes: readonly Note[]
}

/** From the manifest two folders up, where a backup that was downloaded whole has it; nothing where there is none. */
export async function recordedBeside(path: string): Promise<Recorded> {
  const backup = dirname(dirname(resolve(path)))
  const bytes = await readFile(join(backup, manifestName)).catch((error: unknown) => {
    if (isFromDisk(error)) return undefined
    throw error
  })
  if (!bytes) return nothingRecorded
  try {
    const name = relative(backup, resolve(path))
    const object = parseManifest(bytes).objects.find(one => one.name === name)
    return object ? recordedOf(object, path, (await stat(path)).size) : nothingRecorded
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    return noted({ file: manifestName, offset: 0, expected: 'the manifest as it was written', saw: error.message })
  }
}

const nothingRecorded: Recorded = { fuzzEnd: undefined, notes: [] }
const noted = (note: Note): Recorded => ({ fuzzEnd: undefined, notes: [note] })

function recordedOf({ bytes, content }: Manifest['objects'][number], path: string, size: number): Recorded {
  if (size !== bytes) {
    return noted({
      file: basename(path),
      offset: 0,
      expected: `${bytes} bytes, as ${manifestName} says`,
      saw: `${size}`,
    })
  }
  const { fuzzEnd } = content
  return {
    fuzzEnd: typeof fuzzEnd === 'string' && /^0x[0-9a-f]{1,16}$/.test(fuzzEnd) ? BigInt(fuzzEnd) : undefined,
    notes: [],
  }
}
