// One znode of a snapshot, read from its bytes only as far as somebody asks.

import { JuteReader } from './jute.ts'

export const STAT_BYTES = 60

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

/** A znode of a snapshot: a view into the bytes as they streamed by. Keep copies, not this. */
export class SnapshotZnode {
  readonly #bytes: Buffer
  readonly #start: number
  readonly #pathEnd: number
  readonly #dataEnd: number

  constructor(bytes: Buffer, start: number, pathEnd: number, dataEnd: number) {
    this.#bytes = bytes
    this.#start = start
    this.#pathEnd = pathEnd
    this.#dataEnd = dataEnd
  }

  /** The root's path is empty. */
  get path(): Buffer {
    return this.#bytes.subarray(this.#start + 4, this.#pathEnd)
  }

  get data(): Buffer | null {
    if (this.#bytes.readInt32BE(this.#pathEnd) === -1) return null
    return this.#bytes.subarray(this.#pathEnd + 4, this.#dataEnd)
  }

  /** -1: world:anyone:cdrwa, else an id of the snapshot's own ACL table. */
  get aclId(): bigint {
    return this.#bytes.readBigInt64BE(this.#dataEnd)
  }

  get stat(): PersistedStat {
    const jute = new JuteReader(this.#bytes, this.#dataEnd + 8, this.#dataEnd + 8 + STAT_BYTES)
    return {
      czxid: jute.unsignedLong(),
      mzxid: jute.unsignedLong(),
      ctime: jute.time(),
      mtime: jute.time(),
      version: jute.int(),
      cversion: jute.int(),
      aversion: jute.int(),
      ephemeralOwner: jute.unsignedLong(),
      pzxid: jute.unsignedLong(),
    }
  }

  /** Without making the rest of the stat. */
  get ephemeralOwner(): bigint {
    return this.#bytes.readBigUInt64BE(this.#dataEnd + 8 + 44)
  }

  /** Bytes that it takes in the snapshot. */
  get size(): number {
    return this.#dataEnd + 8 + STAT_BYTES - this.#start
  }

  /** Copies its bytes to `at` of `into`, where at least `size` are free; `SnapshotZnode.at` finds it there. */
  copyTo(into: Buffer, at: number): void {
    this.#bytes.copy(into, at, this.#start, this.#start + this.size)
  }

  static at(bytes: Buffer, start: number): SnapshotZnode {
    const pathEnd = start + 4 + bytes.readInt32BE(start)
    const dataEnd = pathEnd + 4 + Math.max(bytes.readInt32BE(pathEnd), 0)
    return new SnapshotZnode(bytes, start, pathEnd, dataEnd)
  }

  /** When its data was set, ms. */
  get mtime(): number {
    const at = this.#dataEnd + 8 + 24
    return this.#bytes.readInt32BE(at) * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4)
  }

  /** The greatest of czxid, mzxid and pzxid, without making the others. */
  get lastZxid(): bigint {
    const at = this.#dataEnd + 8
    let latest = this.#bytes.readBigUInt64BE(at)
    for (const offset of [8, 52]) {
      const zxid = this.#bytes.readBigUInt64BE(at + offset)
      if (zxid > latest) latest = zxid
    }
    return latest
  }
}
