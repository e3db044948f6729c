// Is a backup still what it was when it was written? Every object is read; each that is not as it was is named.

import { readManifest } from './backups.ts'
import { gathered, measured } from './bytes.ts'
import { decompressed } from './compress.ts'
import { type BackupObject, type Manifest, manifestName, sumsName, sumsText } from './manifest.ts'
import type { Decrypt } from './open-object.ts'
import { isNotFound, type Store, StoreError } from './store.ts'

/**
 * The last two are found by who looks at more than one object (`contradicts`: two that can't both be right) and by a scratch server
 * that was started from one (`differs`).
 */
type Fault = 'missing' | 'truncated' | 'flipped' | 'surplus' | 'not decodable' | 'contradicts' | 'differs'

/** One object of the backup that is not well; the manifest and SHA256SUMS count as objects. */
export interface Finding {
  readonly object: string
  readonly fault: Fault
  readonly saw: string
  readonly wanted: string
}

export interface Verification {
  readonly backup: string
  /** Ordered by name; empty means well. */
  readonly findings: readonly Finding[]
  /** Absent if the manifest could not be read: then nothing else was looked at. */
  readonly manifest?: Manifest
  readonly objects: number
  readonly bytes: number
}

/** Understands the plain content of an object and throws if it can't. It need not read to the end. */
export type Decode = (object: BackupObject, plain: AsyncIterable<Uint8Array>) => Promise<void>

interface Decoding {
  readonly decode: Decode
  /** Opens objects whose names end in `.age`; without it they count as not decodable. */
  readonly decrypt?: Decrypt
}

export interface VerifyOptions {
  /** `stored`: the bytes are those of the manifest. Otherwise they are decompressed and decoded as well. */
  readonly level: 'stored' | Decoding
  /** How far it has come, after each object. */
  readonly progress?: (done: { readonly object: string; readonly bytes: number; readonly of: number }) => void
}

/** How many objects are read at the same time. */
const atOnce = 4

/** @throws StoreError if the store can't be asked; what is wrong with the backup is an answer, not an error */
export async function verifyBackup(
  store: Store,
  clusterName: string,
  backup: string,
  { level, progress }: VerifyOptions,
): Promise<Verification> {
  const folder = `${clusterName}/${backup}/`
  const seen = await readManifest(store, clusterName, backup)
  if (!('manifest' in seen)) {
    const fault = seen.missing ? 'missing' : 'flipped'
    const finding: Finding = {
      object: manifestName,
      fault,
      saw: seen.problem,
      wanted: 'a manifest with its own digest',
    }
    return { backup, findings: [finding], objects: 0, bytes: 0 }
  }

  const { manifest } = seen
  const findings: Finding[] = await besides(store, folder, manifest)
  const total = manifest.objects.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  const queue = manifest.objects.values()
  let failed = false
  const reader = async () => {
    for (const object of queue) {
      if (failed) return
      const finding = await look(store, folder, object, level)
      if (finding !== undefined) findings.push(finding)
      done += object.bytes
      progress?.({ object: object.name, bytes: done, of: total })
    }
  }
  const stopOthers = (error: unknown) => {
    failed = true
    throw error
  }
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, () => reader().catch(stopOthers)))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  findings.sort((a, b) => (a.object < b.object ? -1 : 1))
  return { backup, findings, manifest, objects: manifest.objects.length, bytes: total }
}

/** What is not in the manifest's list: SHA256SUMS, and objects that nobody put there. */
async function besides(store: Store, folder: string, manifest: Manifest): Promise<Finding[]> {
  const findings: Finding[] = []
  const named = new Set([manifestName, sumsName, ...manifest.objects.map(({ name }) => name)])
  for (const { key, bytes } of await gathered(store.list(folder))) {
    const object = key.slice(folder.length)
    if (!named.has(object)) findings.push({ object, fault: 'surplus', saw: `${bytes} bytes`, wanted: 'nothing there' })
  }
  const sums = sumsText(manifest.objects)
  const wanted = { name: sumsName, bytes: Buffer.byteLength(sums), sha256: manifest.sums }
  const finding = await look(store, folder, wanted, 'stored')
  return finding === undefined ? findings : [...findings, finding]
}

type Wanted = Pick<BackupObject, 'name' | 'bytes' | 'sha256'>

function look(store: Store, folder: string, object: Wanted, level: 'stored'): Promise<Finding | undefined>
function look(
  store: Store,
  folder: string,
  object: BackupObject,
  level: VerifyOptions['level'],
): Promise<Finding | undefined>
async function look(
  store: Store,
  folder: string,
  object: Wanted | BackupObject,
  level: VerifyOptions['level'],
): Promise<Finding | undefined> {
  const { name, bytes, sha256 } = object
  let body: AsyncIterable<Uint8Array>
  try {
    body = await store.get(folder + name)
  } catch (error) {
    if (!isNotFound(error)) throw error
    return { object: name, fault: 'missing', saw: 'nothing there', wanted: `${bytes} bytes` }
  }
  const { stream, soFar } = measured(body)
  const rest = heldOpen(stream)
  const undecodable = level === 'stored' || !('content' in object) ? undefined : await decoded(rest, object, level)
  for await (const _ of rest); // what decoding left unread counts as well
  const seen = soFar()
  if (seen.bytes < bytes) return sized('truncated')
  if (seen.bytes > bytes) return sized('flipped')
  if (seen.sha256 !== sha256) {
    return { object: name, fault: 'flipped', saw: `SHA-256 ${seen.sha256}`, wanted: `SHA-256 ${sha256}` }
  }
  if (undecodable === undefined) return undefined
  return { object: name, fault: 'not decodable', saw: undecodable, wanted: 'content that can be read' }

  function sized(fault: Fault): Finding {
    return { object: name, fault, saw: `${seen.bytes} bytes`, wanted: `${bytes} bytes` }
  }
}

/** Returns why it can't be decoded. An error of the store itself is thrown on: it says nothing about the content. */
async function decoded(
  stored: AsyncIterable<Uint8Array>,
  object: BackupObject,
  { decode, decrypt }: Decoding,
): Promise<string | undefined> {
  const encrypted = object.name.endsWith('.age')
  if (encrypted && decrypt === undefined) return 'it is encrypted, and no identity was given'
  const { stream, soFar } = measured(decompressed(encrypted && decrypt !== undefined ? decrypt(stored) : stored))
  try {
    const plain = heldOpen(stream)
    await decode(object, plain)
    for await (const _ of plain);
  } catch (error) {
    if (error instanceof StoreError) throw error
    return error instanceof Error ? error.message : String(error)
  }
  const seen = soFar()
  if (seen.sha256 === object.plainSha256) return undefined
  return `${seen.bytes} plain bytes with SHA-256 ${seen.sha256}, not ${object.plainBytes} with ${object.plainSha256}`
}

/** A stream that stays open when its reader leaves early, so that another reader can take the rest. */
function heldOpen(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }
}
