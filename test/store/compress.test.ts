import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { gathered, once } from '../../src/store/bytes.ts'
import { compressed, decompressed, pieceBytes } from '../../src/store/compress.ts'
import { until } from '../lab/deadline.ts'

/** No two mebibytes of it are alike, and half of it compresses. */
const bytes = Buffer.concat(
  Array.from({ length: 9 }, (_, at) => [randomBytes(pieceBytes / 2), Buffer.alloc(pieceBytes / 2, at)]).flat(),
)

async function* cut(whole: Buffer, size: number) {
  // The caller's buffer is its own again once the next piece is asked for.
  const piece = Buffer.alloc(size)
  for (let at = 0; at < whole.length; at += size) {
    const length = whole.copy(piece, 0, at, at + size)
    yield piece.subarray(0, length)
    piece.fill(0xff)
  }
}

const all = async (stream: AsyncIterable<Uint8Array>) => Buffer.concat(await gathered(stream))

test.each([1, 0, pieceBytes, pieceBytes + 1, 2 * pieceBytes, 5 * pieceBytes - 1])(
  '%i bytes come back as they were, in one frame with a checksum',
  async length => {
    const whole = bytes.subarray(0, length)

    const stored = await all(compressed(once(whole)))

    expect(zstdDecompressSync(stored).equals(whole)).toBe(true)
    expect(stored.readUInt8(4) & 0b100).toBe(0b100) // RFC 8878, 3.1.1.1.1: Content_Checksum_flag
  },
)

test.each([10_007, 32_768, 3 * pieceBytes + 5])('pieces of %i bytes may be written over behind it', async size => {
  const stored = compressed(cut(bytes, size))

  expect((await all(decompressed(stored))).equals(bytes)).toBe(true)
})

test('a slow reader holds the source back', async () => {
  let asked = 0
  async function* source() {
    for (; asked < 200; asked++) yield randomBytes(pieceBytes / 4)
  }
  const stored = compressed(source())[Symbol.asyncIterator]()
  await stored.next()

  await until('the source to be left alone', 10, async () => {
    const before = asked
    await setTimeout(200)
    return asked === before
  })

  expect(asked).toBeLessThan(60)
  await stored.return?.()
})

test("the source's own error comes out, wherever it comes", async () => {
  for (const after of [0, 100_000, pieceBytes, 3 * pieceBytes + 1]) {
    async function* source() {
      yield* cut(bytes.subarray(0, after), 30_000)
      throw new Error('the line was cut')
    }

    await expect(all(compressed(source()))).rejects.toThrow('the line was cut')
  }
})

test('a reader that stops early ends the source', async () => {
  const ended = Promise.withResolvers<void>()
  async function* source() {
    try {
      for (;;) yield randomBytes(100_000)
    } finally {
      ended.resolve()
    }
  }

  for await (const _ of compressed(source())) break

  await ended.promise
})

test('what was cut off does not decompress', async () => {
  const stored = zstdCompressSync(bytes)

  await expect(all(decompressed(once(stored.subarray(0, stored.length - 10))))).rejects.toThrow()
})
