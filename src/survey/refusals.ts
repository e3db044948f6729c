// What those said that could not be asked: without it "none leads" would hide that nobody answered. Pure.
import { because } from '../errors.ts'

/** Begins with `; `, to be put behind a sentence; empty where all could be asked. Each reason once. */
export function sayRefusals(answers: readonly PromiseSettledResult<unknown>[]): string {
  const reasons = answers.flatMap(answer => (answer.status === 'rejected' ? [because(answer.reason)] : []))
  return [...new Set(reasons)].map(reason => `; ${reason}`).join('')
}
