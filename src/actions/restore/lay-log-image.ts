// Lays the replicated logs of a backup beside those of every master, the same copy for all; or empty ones, for a master that catches up from the others.
import { Readable } from 'node:stream'
import type { Performer } from '../../engine/ports.ts'
import { readArchive } from '../../mesos/replicated-log/archive.ts'
import { groupImage } from '../../mesos/replicated-log/group-image.ts'
import { sayBytes } from '../../output/bytes.ts'
import type { Action } from '../../plan/vocabulary.ts'
import type { World } from '../../world.ts'
import { type ImageFile, layImage, lookAtLaid } from './lay-image.ts'
import { openSource } from './open-source.ts'

type LayLogImage = Extract<Action, { do: 'lay-log-image' }>

const laying = ({ masters, source, room }: LayLogImage) =>
  ({ what: 'replicated-log', masters, room, image: source?.sha256 ?? 'empty', epoch: undefined }) as const

export const layLogImage: Performer<LayLogImage, World> = {
  look: (action, world, context) => lookAtLaid(world, laying(action), context),

  async perform(action, world, context) {
    const { source, masters } = action
    const bytes = await layImage(world, laying(action), filesOf(action, world), context)
    if (!source) return `empty logs lie beside those of ${masters.join(', ')}`
    return `${sayBytes(bytes)} of ${source.backup} lie beside the logs of ${masters.join(', ')}`
  },
}

async function* filesOf({ source }: LayLogImage, world: World): AsyncGenerator<ImageFile> {
  if (!source) return
  const { plain } = await openSource(world, source)
  const logs = await readArchive(Readable.from(plain()))
  for (const [log, files] of logs) {
    for (const [name, bytes] of groupImage(log, files).files) yield { path: `${log}/${name}`, bytes: once(bytes) }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
