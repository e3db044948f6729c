// One znode of a snapshot, read from its bytes only as far as somebody asks.

import { int32, int64, time64, uint32, uint64 } from './big-endian.ts'
import { Span } from './span.ts'

export const STAT_BYTES = 60
/** Where the fields of a stat are in it: zxids and owner 8 bytes each, times 8, versions 4. */
export const STAT = {
  czxid: 0,
  mzxid: 8,
  ctime: 16,
  mtime: 24,
  version: 32,
  cversion: 36,
  aversion: 40,
  ephemeralOwner: 44,
  pzxid: 52,
} as const

/** The fields of a znode's stat as the files hold them; zxids and owner unsigned, times in ms. */
export interface PersistedStat {
  readonly czxid: bigint
  readonly mzxid: bigint
  readonly ctime: number
  readonly mtime: number
  readonly version: number
  /** Creations of children only; a client sees 2 * cversion - number of children. */
  readonly cversion: number
  readonly aversion: number
  readonly ephemeralOwner: bigint
  readonly pzxid: bigint
}

/** The stat that lies at `at`. A znode that nobody changed since has one zxid three times, and most have no owner. */
export function statAt(bytes: Uint8Array, at: number): PersistedStat {
  const czxid = uint64(bytes, at)
  return {
    czxid,
    mzxid: zxidAt(bytes, at + STAT.mzxid, at, czxid),
    ctime: time64(bytes, at + STAT.ctime),
    mtime: time64(bytes, at + STAT.mtime),
    version: int32(bytes, at + STAT.version),
    cversion: int32(bytes, at + STAT.cversion),
    aversion: int32(bytes, at + STAT.aversion),
    ephemeralOwner: isZero(bytes, at + STAT.ephemeralOwner) ? 0n : uint64(bytes, at + STAT.ephemeralOwner),
    pzxid: zxidAt(bytes, at + STAT.pzxid, at, czxid),
  }
}

const isZero = (bytes: Uint8Array, at: number): boolean => int32(bytes, at) === 0 && int32(bytes, at + 4) === 0

/** That at `at`, which is `known` where the same bytes stand at `knownAt`. */
function zxidAt(bytes: Uint8Array, at: number, knownAt: number, known: bigint): bigint {
  const same = int32(bytes, at + 4) === int32(bytes, knownAt + 4) && int32(bytes, at) === int32(bytes, knownAt)
  return same ? known : uint64(bytes, at)
}

/** A znode of a snapshot: a view into the bytes as they streamed by. Keep copies, not this. */
export class SnapshotZnode {
  readonly bytes: Buffer
  readonly #start: number
  readonly #pathEnd: number
  readonly #dataEnd: number

  constructor(bytes: Buffer, start: number, pathEnd: number, dataEnd: number) {
    this.bytes = bytes
    this.#start = start
    this.#pathEnd = pathEnd
    this.#dataEnd = dataEnd
  }

  /** The root's path is empty: it begins and ends at the same byte. */
  get pathStart(): number {
    return this.#start + 4
  }

  get pathEnd(): number {
    return this.#pathEnd
  }

  get path(): Span {
    return new Span(this.bytes, this.#start + 4, this.#pathEnd)
  }

  /** As a key of the tree. */
  get key(): string {
    return this.bytes.toString('latin1', this.#start + 4, this.#pathEnd)
  }

  get data(): Buffer | null {
    return this.#isNull ? null : this.bytes.subarray(this.#pathEnd + 4, this.#dataEnd)
  }

  get dataSpan(): Span | null {
    return this.#isNull ? null : new Span(this.bytes, this.#pathEnd + 4, this.#dataEnd)
  }

  /** 0 for null, which is not the same as empty data. */
  get dataBytes(): number {
    return this.#dataEnd - this.#pathEnd - 4
  }

  /** -1: world:anyone:cdrwa, else an id of the snapshot's own ACL table. */
  get aclId(): bigint {
    return int64(this.bytes, this.#dataEnd)
  }

  /** world:anyone:cdrwa, as most are. */
  get isOpen(): boolean {
    return int32(this.bytes, this.#dataEnd) === -1 && int32(this.bytes, this.#dataEnd + 4) === -1
  }

  /** Where its stat begins. */
  get statStart(): number {
    return this.#dataEnd + 8
  }

  get stat(): PersistedStat {
    return statAt(this.bytes, this.#dataEnd + 8)
  }

  get statSpan(): Span {
    return new Span(this.bytes, this.#dataEnd + 8, this.#dataEnd + 8 + STAT_BYTES)
  }

  /** Without making the rest of the stat. */
  get ephemeralOwner(): bigint {
    return this.isOwned ? uint64(this.bytes, this.#dataEnd + 8 + STAT.ephemeralOwner) : 0n
  }

  /** Whether it has an owner: a session, or the mark of a container or TTL znode. */
  get isOwned(): boolean {
    return !isZero(this.bytes, this.#dataEnd + 8 + STAT.ephemeralOwner)
  }

  /** Bytes that it takes in the snapshot. */
  get size(): number {
    return this.#dataEnd + 8 + STAT_BYTES - this.#start
  }

  /** Copies its bytes to `at` of `into`, where at least `size` are free; `SnapshotZnode.at` finds it there. */
  copyTo(into: Buffer, at: number): void {
    this.bytes.copy(into, at, this.#start, this.#start + this.size)
  }

  get #isNull(): boolean {
    return int32(this.bytes, this.#pathEnd) === -1
  }

  static at(bytes: Buffer, start: number): SnapshotZnode {
    const pathEnd = start + 4 + int32(bytes, start)
    const dataEnd = pathEnd + 4 + Math.max(int32(bytes, pathEnd), 0)
    return new SnapshotZnode(bytes, start, pathEnd, dataEnd)
  }

  /** When its data was set, ms. */
  get mtime(): number {
    return time64(this.bytes, this.#dataEnd + 8 + STAT.mtime)
  }
}

/** The greatest zxid in any stat that was seen, without making a number of each. */
export class LatestZxid {
  #high = 0
  #low = 0

  /** Its czxid, mzxid and pzxid. */
  see({ bytes, statStart }: SnapshotZnode): void {
    this.#see(bytes, statStart)
    this.#see(bytes, statStart + STAT.mzxid)
    this.#see(bytes, statStart + STAT.pzxid)
  }

  get zxid(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low)
  }

  #see(bytes: Buffer, at: number): void {
    const high = uint32(bytes, at)
    if (high < this.#high) return
    const low = uint32(bytes, at + 4)
    if (high === this.#high && low <= this.#low) return
    this.#high = high
    this.#low = low
  }
}
