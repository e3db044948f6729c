// Writes one backup into a store: objects first, SHA256SUMS next, the manifest last. Without the manifest there is no backup.
import { collected, measure, measured, once, sha256 } from './bytes.ts'
import { compressed } from './compress.ts'
import {
  type BackupObject,
  type Content,
  isBackupId,
  type Manifest,
  manifestBytes,
  manifestName,
  objectName,
  sumsName,
  sumsText,
} from './manifest.ts'
import { noManifest, removeWhole } from './remove-folder.ts'
import { isNotFound, type Store, StoreError } from './store.ts'

export { removeFolder } from './remove-folder.ts'

/** What comes between compression and the store. Encrypted objects get the ending, and plain ones have none. */
export interface Encryption {
  readonly kind: 'age'
  readonly ending: '.age'
  encrypt(compressed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
}

export interface BackupPlace {
  readonly store: Store
  readonly cluster: { readonly name: string; readonly id: string }
  /** From `newBackupId`; never used before. */
  readonly backup: string
  readonly encryption: Encryption | 'none'
  /** Whether every object is read back and compared before the backup counts. */
  readonly readBack: boolean
}

/** The parts of a manifest that the writer can't know by itself. */
export type Circumstances = Pick<Manifest, 'dcosctl' | 'started' | 'finished' | 'host' | 'way' | 'absent'>

export interface BackupWriter {
  /**
   * Streams an object into the backup, compressed.
   * @param name without an ending for compression: `zookeeper/files.tar` becomes `zookeeper/files.tar.zst`
   * @param plain throws if it can't be decoded: then there is no object
   * @param content asked for once `plain` has ended: what was decoded on the way
   */
  object(name: string, plain: AsyncIterable<Uint8Array>, content: () => Content): Promise<BackupObject>
  /** Makes it a backup. Once it returns, the backup is visible, whole and final. */
  commit(circumstances: Circumstances): Promise<Manifest>
  /** Removes what was written, and only under this backup's own folder. Refuses where there is a finished backup. */
  discard(): Promise<void>
}

export function backupWriter({ store, cluster, backup, encryption, readBack }: BackupPlace): BackupWriter {
  const folder = `${cluster.name}/${backup}/`
  if (!isBackupId(backup)) throw new Error(`${backup} is not the id of a backup`)
  const objects = new Map<string, BackupObject>()
  let committed = false
  let ourManifest: Buffer | undefined // from when we try to write it
  let unused: Promise<void> | undefined

  const readAgain = async (name: string, wanted: { readonly bytes: number; readonly sha256: string }) => {
    const { bytes, sha256 } = await measure(await store.get(folder + name))
    if (bytes === wanted.bytes && sha256 === wanted.sha256) return
    const saw = `${bytes} bytes with SHA-256 ${sha256}, not the ${wanted.bytes} bytes with ${wanted.sha256} sent`
    throw new StoreError('damaged', store.where, `${folder}${name} does not read back as it was written: ${saw}`)
  }

  return {
    async object(name, plain, content) {
      const finalName = objectName.parse(`${name}.zst${encryption === 'none' ? '' : encryption.ending}`)
      if (committed || objects.has(finalName)) throw new Error(`${finalName} is in the backup already`)
      unused ??= noManifest(store, folder)
      await unused
      const { stream, soFar } = measured(plain)
      const squeezed = compressed(stream)
      const { bytes, sha256 } = await store.put(
        folder + finalName,
        encryption === 'none' ? squeezed : encryption.encrypt(squeezed),
      )
      if (readBack) await readAgain(finalName, { bytes, sha256 })
      const { bytes: plainBytes, sha256: plainSha256 } = soFar()
      const level = readBack ? 'stored' : 'decoded'
      const facts: BackupObject = { name: finalName, bytes, sha256, plainBytes, plainSha256, level, content: content() }
      objects.set(finalName, facts)
      return facts
    },

    async commit(circumstances) {
      const all = [...objects.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
      const sums = Buffer.from(sumsText(all))
      const { dcosctl, started, finished, host, way, absent } = circumstances
      const manifest: Manifest = {
        ...{ format: 'dcosctl-backup', version: 1, backup, cluster, dcosctl, started, finished, host, way },
        encryption: encryption === 'none' ? 'none' : encryption.kind,
        levels: { decoded: true, stored: readBack },
        ...{ objects: all, absent: [...absent], sums: sha256(sums) },
      }
      const bytes = manifestBytes(manifest) // refuses what is no manifest before anything is written
      await noManifest(store, folder)
      await readAgainAfterPut(sumsName, sums)
      await createManifest(bytes)
      committed = true
      return manifest
    },

    async discard() {
      if (committed) throw new Error(`${folder} is a finished backup and is not discarded`)
      // The manifest may be there although we were told that it is not; somebody else's must not go.
      if (!ourManifest || !(await manifestThere(folder + manifestName, ourManifest.length))?.equals(ourManifest)) {
        await noManifest(store, folder)
      }
      await removeWhole(store, folder)
    },
  }

  async function readAgainAfterPut(name: string, bytes: Buffer) {
    const stored = await store.put(folder + name, once(bytes))
    if (readBack) await readAgain(name, stored)
  }

  /** If the answer was lost on the way, the store itself says whether the manifest is there. */
  async function createManifest(bytes: Buffer) {
    const key = folder + manifestName
    ourManifest = bytes
    let failure: unknown
    try {
      if ((await store.createExclusive(key, bytes)) === 'exists') failure = new Error(`${key} exists already`)
    } catch (error) {
      failure = error
    }
    const there = await manifestThere(key, bytes.length)
    if (there?.equals(bytes)) return
    throw failure ?? new StoreError('damaged', store.where, `${key} does not read back as it was written`)
  }

  async function manifestThere(key: string, length: number): Promise<Buffer | undefined> {
    try {
      return await collected(await store.get(key, { from: 0, to: length + 1 }), length + 1)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
}
