// Takes back uploads that nobody goes on with: they are invisible, but take room.
import type { Performer } from '../../engine/ports.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { gathered } from '../../store/bytes.ts'
import type { World } from '../../world.ts'
import { storeMeant } from './store-meant.ts'

type DiscardUploads = Extract<Action, { do: 'discard-uploads' }>

export const discardUploads: Performer<DiscardUploads, World> = {
  look: async (action, world) => ((await old(action, world)).length > 0 ? 'absent' : 'in-place'),

  async perform(action, world) {
    const left = await old(action, world)
    for (const { discard } of left) await discard()
    return `${left.length} taken back`
  },
}

/** Of those that the plan names, and that have not been written to since. */
async function old({ keys, olderThan, store: meant }: DiscardUploads, world: World) {
  const store = await storeMeant(world, meant)
  const all = await gathered(store.unfinished(`${world.file.cluster.name}/`))
  return all.filter(({ key, since }) => keys.includes(key) && Date.now() - since.getTime() >= olderThan * 1000)
}
