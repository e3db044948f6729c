// The type of a DC/OS check's implementation.
import type { Checker } from '../engine/ports.ts'
import type { Check } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'

export type Ask<K extends Check['ask']> = Checker<Extract<Check, { ask: K }>, World>
