// zstd on the way to the store and back, by Node's own binding to the library.
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { inPieces } from './bytes.ts'

/**
 * What zstd takes and gives at a time. Each time is a turn in one of Node's threads: with the 32 KiB that a line brings at once, zstd's tables
 * are in another core's cache most of the time, and the turns cost as much as the compression.
 */
export const pieceBytes = 1024 * 1024

/**
 * As `zstd -1 --long=23`. ZooKeeper's files say the same again megabytes later: each change of a znode stands in the log, and the last one in the
 * snapshot. Looking back 8 MiB finds that: recorded files become smaller than at level 3 by a tenth to nearly a half, for two thirds of its
 * processor time. Any `zstd -d` opens it (it takes windows of up to 128 MiB by itself).
 */
const params = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_enableLongDistanceMatching]: 1,
  [constants.ZSTD_c_windowLog]: 23,
  [constants.ZSTD_c_checksumFlag]: 1,
}

/** With a checksum of the content in every frame. */
export function compressed(plain: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const stage = createZstdCompress({ chunkSize: pieceBytes, params })
  return through(stage, () => feed(plain, stage))
}

/** @throws while it is read, if the stream is damaged or ends early */
export function decompressed(stored: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const stage = createZstdDecompress({ chunkSize: 128 * 1024 })
  return through(stage, () => pipeline(Readable.from(stored, { objectMode: true, highWaterMark: 4 }), stage))
}

/** Passes back-pressure on; an error at either end comes out of the iteration, and ends the other. */
async function* through(stage: Transform, begin: () => Promise<void>): AsyncGenerator<Uint8Array> {
  const flow = begin()
  let failure: { readonly of: unknown } | undefined
  flow.catch((of: unknown) => {
    failure = { of }
    stage.destroy()
  })
  try {
    for await (const chunk of stage) yield chunk
    await flow
  } catch (error) {
    throw failure === undefined ? error : failure.of
  } finally {
    stage.destroy()
  }
}

/** Two pieces in turn, one filled while the other is compressed: a new one each time would have V8 look for garbage all the while. */
async function feed(plain: AsyncIterable<Uint8Array>, into: Transform): Promise<void> {
  let [next, other] = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)]
  const inTurn = () => {
    ;[next, other] = [other, next]
    return other
  }
  let compressing: Promise<void> = Promise.resolve()
  for await (const piece of inPieces(whileOpen(plain, into), pieceBytes, inTurn)) {
    await compressing
    compressing = written(into, piece)
    compressing.catch(() => {}) // told by whoever awaits it
  }
  await compressing
  into.end()
}

/** Notices with the next chunk, not only with a whole piece, that nobody wants more. */
async function* whileOpen(source: AsyncIterable<Uint8Array>, stage: Transform): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    if (stage.destroyed) throw endedBefore()
    yield chunk
  }
}

const endedBefore = () => new Error('the compression was ended before all was compressed')

/** Returns when all of it was taken, so that the piece may be filled anew. @throws where the stage was ended instead */
const written = (into: Transform, piece: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const closed = () => reject(endedBefore())
    into.once('close', closed)
    if (into.destroyed) return closed()
    into.write(piece, error => {
      into.off('close', closed)
      if (error) reject(error)
      else resolve()
    })
  })
