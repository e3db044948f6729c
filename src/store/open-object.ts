// Reads one object of a backup as it was before it was compressed and encrypted, and proves on the way that it is what was written.
import { measured } from './bytes.ts'
import { decompressed } from './compress.ts'
import type { BackupObject } from './manifest.ts'
import { type Store, StoreError } from './store.ts'

export type Decrypt = (encrypted: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

export interface ObjectPlace {
  readonly store: Store
  /** The cluster's name, the folder of its backups. */
  readonly cluster: string
  readonly backup: string
}

/**
 * The plain bytes of an object. Only whoever reads to the end has been told: the last step of the iteration compares both digests.
 * @throws StoreError `damaged` at the end, where the bytes are not those of the manifest; whatever decompression or decryption throws
 */
export async function* openObject(
  { store, cluster, backup }: ObjectPlace,
  object: BackupObject,
  decrypt: Decrypt | undefined,
): AsyncGenerator<Uint8Array> {
  const key = `${cluster}/${backup}/${object.name}`
  const damaged = (problem: string) => new StoreError('damaged', store.where, `${key} ${problem}`)
  const encrypted = object.name.endsWith('.age')
  if (encrypted && decrypt === undefined) throw damaged('is encrypted, and no identity was given')
  const stored = measured(await store.get(key))
  const plain = measured(decompressed(encrypted && decrypt ? decrypt(stored.stream) : stored.stream))
  yield* plain.stream
  const { sha256: plainSha256 } = plain.soFar()
  if (plainSha256 !== object.plainSha256)
    throw damaged(`has plain bytes with SHA-256 ${plainSha256}, not ${object.plainSha256}`)
  for await (const _ of stored.stream); // Decompression may end before the last bytes; they count as well.
  const { sha256 } = stored.soFar()
  if (sha256 !== object.sha256) throw damaged(`has SHA-256 ${sha256}, not ${object.sha256}`)
}
