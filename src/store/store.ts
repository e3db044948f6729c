// The port to where backups are kept. Two implementations: a directory and S3; one suite of tests holds both to this text.

/** What a put left behind: the bytes as they were sent, and their SHA-256 (lower-case hex). */
export interface Stored {
  readonly bytes: number
  readonly sha256: string
}

/** Bytes `from` (counted from 0) up to and excluding `to`; without `to`, to the end. */
export interface ByteRange {
  readonly from: number
  readonly to?: number
}

export interface Listed {
  readonly key: string
  readonly bytes: number
  readonly modified: Date
}

/** What a killed put left: invisible to `list` and `get`, but it takes room. */
interface Unfinished {
  readonly key: string
  /** When something was last written to it. */
  readonly since: Date
  /** Removes it for good; says nothing if it is gone already. */
  discard(): Promise<void>
}

/**
 * Keys (`a/b/c`; none is the folder of another) and bytes. Every method throws `StoreError` and nothing else,
 * except that an error of the caller's own stream comes back as it is.
 */
export interface Store {
  /** For messages: `s3://bucket/prefix` or `/path`. */
  readonly where: string
  /**
   * Streams; needs a bounded amount of memory. Until the last byte is safe nothing is visible at `key`; then it replaces what
   * was there. After an error of the network the object may be there all the same; it is whole if it is.
   */
  put(key: string, body: AsyncIterable<Uint8Array>): Promise<Stored>
  /** Opens an object. A missing one throws `not-found` here, not later; a body that ends early throws while it is read. */
  get(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>
  /** Every visible key that begins with `prefix`, ordered by the bytes of its UTF-8 form. */
  list(prefix: string): AsyncIterable<Listed>
  /** Removes keys, in no promised order; one that is missing is no error. */
  delete(keys: readonly string[]): Promise<void>
  /** Creates a small object if nobody has: of many racing writers exactly one is told `created`, unless `check` says otherwise. */
  createExclusive(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>
  /**
   * Until when the store itself refuses to let an object be removed (Object Lock); `held`: until somebody lifts its legal hold. Undefined
   * where nothing keeps it, it is not there, or the store does not say.
   */
  keptUntil(key: string): Promise<Date | 'held' | undefined>
  /** What stays of objects that are removed, in a sentence for people; undefined where nothing does. */
  staysAfterRemoval(): Promise<string | undefined>
  /** What killed puts under `prefix` left behind. Puts that are under way look the same: judge by `since`. */
  unfinished(prefix: string): AsyncIterable<Unfinished>
  /**
   * Writes, reads and removes a small object. Throws if backups can't be kept here, saying why and what to do.
   * Returns what is weaker here than this port promises, a sentence each; usually nothing.
   */
  check(): Promise<readonly string[]>
}

export type StoreTrouble =
  | 'not-found' // no such object
  | 'no-such-place' // no such directory or bucket
  | 'denied' // credentials or permissions
  | 'no-space'
  | 'unreachable'
  | 'busy' // the server asks to slow down, and we did
  | 'damaged' // what came back is not what was promised
  | 'unsupported' // this server or file system lacks something we need
  | 'bad-key' // the key itself can't be used
  | 'other'

/** Trouble with a store, told in the operator's words: what happened, where, and what to do. */
export class StoreError extends Error {
  readonly trouble: StoreTrouble
  readonly where: string
  readonly remedy: string | undefined

  constructor(trouble: StoreTrouble, where: string, message: string, more: { remedy?: string; cause?: unknown } = {}) {
    super(`${where}: ${message}`, { cause: more.cause })
    this.name = 'StoreError'
    this.trouble = trouble
    this.where = where
    this.remedy = more.remedy
  }
}

export function isNotFound(error: unknown): error is StoreError {
  return error instanceof StoreError && error.trouble === 'not-found'
}

/** Unfinished files of a directory store begin with this, so no part of a key may. */
export const unfinishedMark = '.dcosctl-part-'

/**
 * Refuses keys that not every store can hold: 900 bytes in all (S3 takes 1024, prefix included), 200 in each part,
 * no empty part, no `.` or `..`, no control characters.
 * @throws StoreError `bad-key`
 */
export function checkKey(where: string, key: string): void {
  const why = whyBadKey(key)
  if (why !== undefined) throw new StoreError('bad-key', where, `can't keep anything at ${JSON.stringify(key)}: ${why}`)
}

function whyBadKey(key: string): string | undefined {
  if (Buffer.byteLength(key) > 900) return 'longer than 900 bytes'
  if (!key.isWellFormed()) return 'not well-formed Unicode'
  for (const part of key.split('/')) {
    if (part === '') return 'a part of it is empty'
    if (part === '.' || part === '..') return `"${part}" leads elsewhere`
    if (Buffer.byteLength(part) > 200) return 'a part is longer than 200 bytes'
    if (part.startsWith(unfinishedMark)) return `"${unfinishedMark}" marks unfinished files`
    if (/\p{Cc}/u.test(part)) return 'it has control characters'
  }
  return undefined
}
