// zstd on the way to the store and back, by Node's own binding to the library.
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { inPieces } from './bytes.ts'

/**
 * What zstd takes and gives at a time. Each time is a turn in one of Node's threads: with the 32 KiB that a line brings at once, zstd's tables
 * are in another core's cache most of the time, and the turns cost as much as the compression.
 */
const pieceBytes = 1024 * 1024

/** Level 3, as the `zstd` program's default, with a checksum of the content in every frame; `zstd -d` opens it. */
export function compressed(plain: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 }
  return through(inPieces(plain, pieceBytes), createZstdCompress({ chunkSize: pieceBytes, params }))
}

/** @throws while it is read, if the stream is damaged or ends early */
export function decompressed(stored: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(stored, createZstdDecompress({ chunkSize: 128 * 1024 }))
}

/** Passes back-pressure on; an error at either end comes out of the iteration, and ends the other. */
async function* through(source: AsyncIterable<Uint8Array>, stage: Transform): AsyncGenerator<Uint8Array> {
  const flow = pipeline(Readable.from(source, { objectMode: true, highWaterMark: 4 }), stage)
  let failure: { readonly of: unknown } | undefined
  flow.catch((of: unknown) => {
    failure = { of }
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
