// Makes the image of ZooKeeper's state from the backup as it streams by, and lays it beside the data of every master: the same bytes for all.
import type { Performer } from '../../engine/ports.ts'
import { sayBytes } from '../../output/bytes.ts'
import type { NodeName } from '../../plan/types.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { ScriptFailed } from '../../ssh/errors.ts'
import type { World } from '../../world.ts'
import { later } from '../../zookeeper/files/choose-files.ts'
import { encodeImage, imageName, type OwnZnode } from '../../zookeeper/files/image.ts'
import { inspectLarge } from '../../zookeeper/files/large-state.ts'
import { openTar } from '../../zookeeper/files/open-files.ts'
import { type ImageFile, layImage, lookAtLaid } from './lay-image.ts'
import { openSource } from './open-source.ts'
import { ownZnodes } from './own-znodes.ts'
import { placesOf } from './swap/places.ts'
import { epochScript } from './swap/scripts.ts'

type LayZookeeperImage = Extract<Action, { do: 'lay-zookeeper-image' }>

/** Elections that may still happen before the image is in place. */
const spareEpochs = 256n

export const layZookeeperImage: Performer<LayZookeeperImage, World> = {
  look: (action, world, context) => lookAtLaid(world, named(action), context),

  async perform(action, world, context) {
    const { masters, at, source } = action
    const known = await Promise.all(masters.map(node => epochOn(world, node)))
    const epoch = [BigInt(at) >> 32n, ...known].reduce(later) + spareEpochs
    const files = imageFiles(action, world, epoch, await ownZnodes(world, context))
    const bytes = await layImage(world, { ...named(action), room: action.room, epoch }, files, context)
    return `${sayBytes(bytes)}, the state of ${source.backup} at ${at} as epoch ${epoch}, lie beside the data of ${masters.join(', ')}`
  },
}

const named = ({ masters, source, at }: LayZookeeperImage) =>
  ({ what: 'zookeeper', masters, image: `${source.sha256}@${at}` }) as const

/** The highest epoch that a master's files know: clients refuse to go back behind it. */
async function epochOn(world: World, node: NodeName): Promise<bigint> {
  const host = await world.hosts.host(node)
  const args = [placesOf('zookeeper').root]
  const { exit, stdout, stderr } = await host.run(epochScript, { as: 'root', args, within: 30_000 })
  if (exit !== 0 || !/^\d+\n$/.test(stdout)) throw new ScriptFailed(node, exit, stderr || stdout, 'reading its epochs')
  return BigInt(stdout.trim())
}

async function* imageFiles(
  { source, at, fuzzEnd, marks }: LayZookeeperImage,
  world: World,
  epoch: bigint,
  own: readonly OwnZnode[],
): AsyncGenerator<ImageFile> {
  const { plain } = await openSource(world, source)
  const inspected = await inspectLarge(await openTar(plain, source.object), {
    upTo: BigInt(at),
    ...(fuzzEnd === null ? {} : { fuzzEnd: BigInt(fuzzEnd) }),
  })
  if (inspected.claim !== 'exact') {
    const why = inspected.claim === 'none' ? inspected.reason : `only the state at 0x${inspected.zxid.toString(16)} is`
    throw new Error(`the state at ${at} can't be proven from ${source.backup}: ${why}`)
  }
  const options = { epoch, own, now: Date.now(), marks }
  yield { path: `snapshot/${imageName(epoch)}`, bytes: encodeImage(inspected.state, inspected.rules, options) }
  // apache/zookeeper QuorumPeer: no server starts whose newest zxid is of a later epoch than these say.
  for (const name of ['acceptedEpoch', 'currentEpoch']) yield { path: `snapshot/${name}`, bytes: once(String(epoch)) }
}

async function* once(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}
