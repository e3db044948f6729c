// A number for a path's bytes, for tables in memory: who must know that two paths are the same compares them.

import { int32 } from './big-endian.ts'

/** 32 bits, unsigned. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  let at = start
  for (; at + 4 <= end; at += 4) hash = mixed(hash, int32(bytes, at))
  let rest = 0
  for (; at < end; at++) rest = (rest << 8) | (bytes[at] ?? 0)
  return finished(mixed(hash, rest))
}

const mixed = (hash: number, four: number): number => {
  const sum = Math.imul(hash ^ four, 0x9e3779b1)
  return sum ^ (sum >>> 15)
}

/** murmur3's last steps: every bit of a path counts for the lowest ones, by which tables look. */
const finished = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}
