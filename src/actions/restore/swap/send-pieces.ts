// Sends one stream of bytes into a file on several masters at once, so many bytes at a time, that a dropped line costs one piece.
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { NodeName } from '../../../plan/types.ts'
import { DeadlinePassed, LineDropped, ScriptFailed, Unreachable } from '../../../ssh/errors.ts'
import type { World } from '../../../world.ts'
import { pieceScript } from './scripts.ts'

const pieceBytes = 4 * 1024 * 1024
const pieceWithin = 120_000
const tries = 4
/** Milliseconds before the next try. */
const retryAfter = 2_000

/** What arrived; it is still to be compared on the master. */
export interface Sent {
  readonly bytes: number
  readonly sha256: string
}

/** @throws NodeError when a piece can't be sent, tried several times */
export async function sendPieces(
  world: World,
  masters: readonly NodeName[],
  path: string,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<Sent> {
  const hash = createHash('sha256')
  let bytes = 0
  const send = async (piece: Buffer) => {
    const at = bytes
    await Promise.all(masters.map(node => sendPiece(world, node, path, piece, at, signal)))
    hash.update(piece)
    bytes += piece.length
  }
  for await (const piece of pieces(source)) await send(piece)
  if (bytes === 0) await send(Buffer.alloc(0))
  return { bytes, sha256: hash.digest('hex') }
}

async function sendPiece(
  world: World,
  node: NodeName,
  path: string,
  piece: Buffer,
  at: number,
  signal: AbortSignal,
): Promise<void> {
  for (let left = tries; ; left--) {
    try {
      const host = await world.hosts.host(node)
      const options = { as: 'root', args: [path, String(at)], stdin: piece, within: pieceWithin, signal } as const
      const { exit, stderr } = await host.run(pieceScript, options)
      if (exit !== 0) throw new ScriptFailed(node, exit, stderr, `writing ${path}`)
      return
    } catch (error) {
      const passes = error instanceof LineDropped || error instanceof Unreachable || error instanceof DeadlinePassed
      if (!passes || left === 1) throw error
      await wait(retryAfter, undefined, { signal })
    }
  }
}

async function* pieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const one of source) {
    held.push(one)
    size += one.length
    if (size < pieceBytes) continue
    yield Buffer.concat(held)
    held = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(held)
}
