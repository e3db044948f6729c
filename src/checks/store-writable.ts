// The store takes, gives back and removes a small object.
import { because } from '../errors.ts'
import { StoreError } from '../store/store.ts'
import type { Ask } from './checker.ts'

export const storeWritable: Ask<'store-writable'> = async (_check, world) => {
  const store = await world.store()
  const wanted = 'a store that can be written'
  try {
    const weaker = await store.check()
    return { well: true, saw: ['written, read back and removed', ...weaker].join('; '), wanted }
  } catch (error) {
    const verdict = { well: false, saw: because(error), wanted }
    return error instanceof StoreError && error.remedy !== undefined ? { ...verdict, remedy: error.remedy } : verdict
  }
}
