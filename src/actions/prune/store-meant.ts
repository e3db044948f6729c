// The store of the cluster file, which may have changed since the plan was made: nothing is removed from another one than the plan shows.
import type { Store } from '../../store/store.ts'
import type { World } from '../../world.ts'

/** @throws Error naming both */
export async function storeMeant(world: World, meant: string): Promise<Store> {
  const store = await world.store()
  if (store.where === meant) return store
  throw new Error(`the plan says ${meant}, the cluster file now says ${store.where}`)
}
