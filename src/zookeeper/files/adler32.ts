// Adler-32 (RFC 1950), the checksum of ZooKeeper's snapshots and log records, over bytes that arrive piece by piece.

const MODULUS = 65_521
/**
 * Four bytes are summed at a time, two to a 32-bit number. After 20 of these, sums of sums reach at most
 * 255 * (1 + 2 + … + 20) = 53,550, which is the most that fits into 16 bits each.
 */
const BYTES_AT_ONCE = 80

/** The checksum after `bytes[start, end)`, going on from `before` (1 at the start of a file or record); unsigned. */
export const adler32 = (bytes: Uint8Array, start = 0, end = bytes.length, before = 1): number =>
  adler32Of(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), start, end, before)

/** The same, for whoever has a view already: small records come by the million. */
export function adler32Of(bytes: DataView, start: number, end: number, before = 1): number {
  let low = before & 0xffff
  let high = before >>> 16
  let at = start
  for (const last = end - BYTES_AT_ONCE; at <= last; ) {
    let even = 0 // bytes 0 and 2 of each four
    let odd = 0 // bytes 1 and 3
    let evens = 0 // the sums of these so far, summed up: how often the high sum has each byte
    let odds = 0
    for (const stop = at + BYTES_AT_ONCE; at < stop; at += 4) {
      const four = bytes.getInt32(at, true)
      even += four & 0x00ff00ff
      odd += (four >>> 8) & 0x00ff00ff
      evens = (evens + even) | 0
      odds = (odds + odd) | 0
    }
    const sums = (evens & 0xffff) + (evens >>> 16) + (odds & 0xffff) + (odds >>> 16)
    // As if all of each four stood where its first one does: the others are too often in it, once, twice, three times.
    const tooOften = (odd & 0xffff) + 2 * (even >>> 16) + 3 * (odd >>> 16)
    high = (high + BYTES_AT_ONCE * low + 4 * sums - tooOften) % MODULUS
    low = (low + (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16)) % MODULUS
  }
  for (; at < end; at++) {
    low += bytes.getUint8(at)
    high += low
  }
  return (((high % MODULUS) << 16) | (low % MODULUS)) >>> 0
}
