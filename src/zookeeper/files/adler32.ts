// Adler-32 (RFC 1950), the checksum of ZooKeeper's snapshots and log records, over bytes that arrive piece by piece.

const MODULUS = 65_521
/** So many bytes can be summed before the second sum could pass 2^31 and leave V8's fast integers. */
const BYTES_BETWEEN_REDUCTIONS = 3_800

/** The checksum after `bytes[start, end)`, going on from `before` (1 at the start of a file or record); unsigned. */
export function adler32(bytes: Uint8Array, start = 0, end = bytes.length, before = 1): number {
  let low = before & 0xffff
  let high = before >>> 16
  let at = start
  while (at < end) {
    const stop = Math.min(end, at + BYTES_BETWEEN_REDUCTIONS)
    for (; at < stop; at++) {
      low = (low + (bytes[at] ?? 0)) | 0
      high = (high + low) | 0
    }
    low %= MODULUS
    high %= MODULUS
  }
  return ((high << 16) | low) >>> 0
}
