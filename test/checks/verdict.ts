// Asks a check in a fake world as `dcosctl check` asks it, so that what a check throws is a verdict here, too.
import { ask } from '../../src/checks/ask.ts'
import { checkers } from '../../src/checks/index.ts'
import type { Verdict } from '../../src/plan/types.ts'
import type { Check } from '../../src/plan/vocabulary.ts'
import type { FakeWorld } from '../fake-world.ts'

export const verdictOf = ({ world }: FakeWorld, check: Check): Promise<Verdict> =>
  ask(checkers, check, world, new AbortController().signal)
