// Small pieces for streams of bytes: measure on the way, collect, compare.
import { createHash } from 'node:crypto'
import type { Stored } from './store.ts'

/** A stream that is counted and digested while somebody else reads it. */
export interface Measured {
  readonly stream: AsyncIterable<Uint8Array>
  /** What has passed so far; final once the stream has ended. */
  soFar(): Stored
}

export function measured(source: AsyncIterable<Uint8Array>): Measured {
  const hash = createHash('sha256')
  let bytes = 0
  async function* pass() {
    for await (const chunk of source) {
      hash.update(chunk)
      bytes += chunk.byteLength
      yield chunk
    }
  }
  return { stream: pass(), soFar: () => ({ bytes, sha256: hash.copy().digest('hex') }) }
}

/**
 * Full pieces of this size, then what is left; nothing at all for an empty stream. Each is in `memory` of its own, which whoever gets it may
 * keep, unless the caller gives the same one again.
 */
export async function* inPieces(
  source: AsyncIterable<Uint8Array>,
  size: number,
  memory: () => Buffer = () => Buffer.allocUnsafeSlow(size),
): AsyncGenerator<Buffer, undefined> {
  let piece = memory()
  let filled = 0
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength; ) {
      const taken = chunk.subarray(at, at + size - filled)
      piece.set(taken, filled)
      filled += taken.byteLength
      at += taken.byteLength
      if (filled < size) continue
      yield piece
      piece = memory()
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
  return undefined
}

/** SHA-256 of bytes at hand, lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Reads a stream to its end and returns its size and digest. */
export async function measure(source: AsyncIterable<Uint8Array>): Promise<Stored> {
  const { stream, soFar } = measured(source)
  for await (const _ of stream);
  return soFar()
}

/**
 * Reads a small stream whole.
 * @throws RangeError beyond `atMost` bytes: a lying server must not fill the memory
 */
export async function collected(source: AsyncIterable<Uint8Array>, atMost: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > atMost) throw new RangeError(`longer than the ${atMost} bytes expected at most`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Everything a short sequence yields. */
export async function gathered<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of from) all.push(one)
  return all
}
