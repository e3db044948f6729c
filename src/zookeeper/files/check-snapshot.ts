// Checks a snapshot from its first byte to its last seal without keeping a znode.

import { createGunzip } from 'node:zlib'
import type { Compression } from './choose-files.ts'
import { DamagedFile } from './damage.ts'
import { PLAIN_BYTES } from './read-pieces.ts'
import { unsnappy } from './snappy.ts'
import { decodeSnapshot, type SnapshotSeal } from './snapshot.ts'
import { LatestZxid } from './snapshot-znode.ts'

export interface WholeSnapshot {
  readonly seal: SnapshotSeal
  /** The greatest zxid in any znode's stat: the snapshot is of no state before this one. */
  readonly latestSeen: bigint
  /** The latest mtime of any znode, ms by the leaders' clocks. */
  readonly latestTime: number
}

/** Throws `DamagedFile` if anything is not as written. */
export async function checkSnapshot(bytes: AsyncIterable<Uint8Array>): Promise<WholeSnapshot> {
  const latestSeen = new LatestZxid()
  let latestTime = 0
  for await (const part of decodeSnapshot(bytes)) {
    if (part.kind === 'sealed') return { seal: part.seal, latestSeen: latestSeen.zxid, latestTime }
    if (part.kind !== 'znodes') continue
    for (const znode of part.znodes) {
      const { mtime } = znode
      if (mtime > latestTime) latestTime = mtime
      latestSeen.see(znode)
    }
  }
  throw new DamagedFile(0, 'a seal at the end of the snapshot', 'none')
}

/** The plain bytes of a snapshot file. Damage in the compression comes out as `DamagedFile`. */
export async function* plainSnapshot(
  bytes: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') return yield* bytes
  if (compression === 'snappy') return yield* unsnappy(bytes)
  const plain = createGunzip({ chunkSize: PLAIN_BYTES })
  const feeding = feed(bytes, plain)
  try {
    yield* plain
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new DamagedFile(0, 'a gzip stream', error.message)
    }
    throw error
  } finally {
    plain.destroy()
    await feeding
  }
}

/** Writes everything into `plain`; an error of the source comes out at the reader of `plain`. */
async function feed(bytes: AsyncIterable<Uint8Array>, plain: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const piece of bytes) {
      if (plain.destroyed) return
      await written(plain, piece)
    }
    plain.end()
  } catch (error) {
    plain.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Waits until nothing of the piece is needed any more. */
const written = (plain: ReturnType<typeof createGunzip>, piece: Uint8Array): Promise<void> =>
  new Promise(resolve => {
    plain.once('close', resolve)
    plain.write(piece, () => {
      plain.off('close', resolve)
      resolve()
    })
  })
