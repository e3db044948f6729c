// Reads a file into the same memory again and again: gigabytes pass by without leaving buffers behind for the garbage collector.

import { open } from 'node:fs/promises'

const PIECE_BYTES = 256 * 1024

/** What a decompressor gives at a time, at most: each piece is a job for another thread, and Node's own 16 KiB make many. */
export const PLAIN_BYTES = 256 * 1024

/** Each piece is good until the next one is asked for. */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    const memory = Buffer.allocUnsafeSlow(PIECE_BYTES)
    for (;;) {
      const { bytesRead } = await file.read(memory, 0, memory.length, null)
      if (bytesRead === 0) return
      yield memory.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
