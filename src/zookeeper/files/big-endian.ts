// Numbers of Jute's records, read in place. What Buffer has for it checks more and makes a long of three BigInts.

const eight = new DataView(new ArrayBuffer(8))

export const int32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)

export const uint32 = (bytes: Uint8Array, at: number): number => int32(bytes, at) >>> 0

export function uint64(bytes: Uint8Array, at: number): bigint {
  eight.setInt32(0, int32(bytes, at))
  eight.setInt32(4, int32(bytes, at + 4))
  return eight.getBigUint64(0)
}

export function int64(bytes: Uint8Array, at: number): bigint {
  eight.setInt32(0, int32(bytes, at))
  eight.setInt32(4, int32(bytes, at + 4))
  return eight.getBigInt64(0)
}

/** A long that a number holds exactly, as times in ms are. */
export const time64 = (bytes: Uint8Array, at: number): number =>
  int32(bytes, at) * 0x1_0000_0000 + uint32(bytes, at + 4)
