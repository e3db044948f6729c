// What laying an image has in common, whatever is in it: room beside the data, files sent and compared on each master, a word that it is whole.
import type { Look, StepContext } from '../../engine/ports.ts'
import type { NodeName } from '../../plan/types.ts'
import type { Replaced } from '../../plan/vocabulary.ts'
import type { World } from '../../world.ts'
import { onMaster, onMasters, statesOf } from './swap/masters.ts'
import { folderOf } from './swap/places.ts'
import { laidScript, makeRoomScript } from './swap/scripts.ts'
import { sendPieces } from './swap/send-pieces.ts'

/** A file of an image: its path below `new/`, and its bytes. */
export interface ImageFile {
  readonly path: string
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface Laying {
  readonly what: Replaced
  readonly masters: readonly NodeName[]
  readonly room: number
  /** Names the image: what it was made of. One word. */
  readonly image: string
  readonly epoch: bigint | undefined
}

/** In place where every master has the whole image: the same one. */
export async function lookAtLaid(
  world: World,
  { what, masters, image }: Pick<Laying, 'what' | 'masters' | 'image'>,
  { run }: Pick<StepContext, 'run'>,
): Promise<Look> {
  const states = await statesOf(world, masters, what, run)
  const [first] = states
  return first?.laid.startsWith(`image=${image} `) && states.every(({ laid }) => laid === first.laid)
    ? 'in-place'
    : 'absent'
}

/** Returns how many bytes each master got. */
export async function layImage(
  world: World,
  { what, masters, room, image, epoch }: Laying,
  files: AsyncIterable<ImageFile>,
  context: StepContext,
): Promise<number> {
  await onMasters(masters, node => onMaster(world, node, what, context, makeRoomScript, String(room)))
  const sums: string[] = []
  let bytes = 0
  for await (const file of files) {
    const path = `${folderOf(what, context.run)}/new/${file.path}`
    const sent = await sendPieces(world, masters, path, file.bytes, context.signal)
    sums.push(`${sent.sha256}  ${file.path}`)
    bytes += sent.bytes
  }
  const laid = `image=${image} epoch=${epoch ?? 'none'} bytes=${bytes}`
  await onMasters(masters, node => onMaster(world, node, what, context, laidScript, sums.join('\n'), laid))
  return bytes
}
