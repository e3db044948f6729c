// Asks one check, whatever happens: a check that throws or does not end is "not well, because …".
import type { Checker, Checkers } from '../engine/ports.ts'
import { because } from '../errors.ts'
import type { CheckData, Verdict } from '../plan/types.ts'

export async function ask<C extends CheckData, W>(
  checkers: Checkers<C, W>,
  check: C,
  world: W,
  signal: AbortSignal,
): Promise<Verdict> {
  const wanted = 'an answer'
  const kind: C['ask'] = check.ask
  const checker: Checker<C, W> = checkers[kind]
  try {
    return await Promise.race([checker(check, world, signal), passed(signal)])
  } catch (error) {
    return { well: false, saw: because(error), wanted }
  }
}

const passed = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const late = () => reject(new Error('no answer in time'))
    if (signal.aborted) late()
    else signal.addEventListener('abort', late, { once: true })
  })
