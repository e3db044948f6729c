// What a run that swaps data tells at its end: which data is in place, where the other lies, and how to go back by hand. Pure.
import { folderOf, placesOf } from '../actions/restore/swap/places.ts'
import type { RunState } from '../engine/state.ts'
import type { Replaced } from '../plan/vocabulary.ts'

/** Undefined for a run that swaps nothing. */
export function sayDataInPlace({ plan, steps, durings, run }: RunState): string | undefined {
  const during = plan.stages.flatMap(({ parts }) => parts).find(part => part.kind === 'during')
  const swap = during?.kind === 'during' ? during.parts.find(part => part.kind === 'step') : undefined
  const what = swap?.kind === 'step' && 'what' in swap.action ? replaced(swap.action.what) : undefined
  if (!during || !swap || !what) return undefined
  if (durings.get(during.id) === 'open') return 'What was stopped for the swap may still be down.'
  if (steps.get(swap.id)?.is !== 'finished') return 'The old data is in place.'
  const { unit, folders, root } = placesOf(what)
  const back = folders.map(({ at, name }) => `old/${name} to ${root}/${at}`).join(', ')
  return [
    `The restored data is in place; the old lies in ${folderOf(what, run)}/old on each master.`,
    `To go back by hand, with ${unit} stopped on all of them: move what is there aside, ${back}.`,
  ].join('\n')
}

const replaced = (what: unknown): Replaced | undefined =>
  what === 'zookeeper' || what === 'replicated-log' ? what : undefined
