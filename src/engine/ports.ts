// What the engine needs of the world. It knows plans, not DC/OS: performers, checkers and the chooser come from outside.
import type { ActionData, CheckData, NodeName, PartId, Rolling, Verdict } from '../plan/types.ts'
import type { RunEvent, Told } from './events.ts'

/** What looking found: not there; there; or something only a person can judge. */
export type Look = 'absent' | 'in-place' | { readonly unclear: string }

/** What a performer may use beside the world. */
export interface StepContext {
  readonly run: string
  readonly part: PartId
  /** Fencing token of the driver. */
  readonly token: number
  /** Aborted when the claim is lost or the operator detaches. A node step goes on by itself; performers just stop following it. */
  readonly signal: AbortSignal
  /** Tells the operator, never journals. */
  say(text: string): void
}

export interface Performer<A extends ActionData, W> {
  /** Answers from the cluster itself; touches nothing. */
  look(action: A, world: W, context: StepContext): Promise<Look>
  /** Does it, or goes on with what an earlier driver began; returns the evidence for the journal. Throws `InDoubt` when only a person can tell. */
  perform(action: A, world: W, context: StepContext): Promise<string>
}
export type Performers<A extends ActionData, W> = { readonly [D in A['do']]: Performer<Extract<A, { do: D }>, W> }

export type Checker<C extends CheckData, W> = (check: C, world: W, signal: AbortSignal) => Promise<Verdict>
export type Checkers<C extends CheckData, W> = { readonly [K in C['ask']]: Checker<Extract<C, { ask: K }>, W> }

export type Choice = { readonly start: NodeName; readonly because: string } | { readonly wait: string }

/** Asked at each turn: which of the waiting lanes is next, given those under way. Throwing counts as "wait, because …". */
export type Choose<A extends ActionData, C extends CheckData, W> = (
  rolling: Rolling<A, C>,
  lanes: { readonly waiting: readonly NodeName[]; readonly underWay: readonly NodeName[] },
  world: W,
) => Promise<Choice>

export interface Journal {
  /** Resolves once all are on disk (fsync), in order. Concurrent appends share an fsync. Rejects if they can't be written. */
  append(events: readonly RunEvent[]): Promise<void>
}

export interface Clock {
  now(): Date
  /** Milliseconds that never run backwards and do not count a suspended laptop's sleep as patience. */
  monotonic(): number
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

/** The claim as the engine sees it. */
export interface Hold {
  readonly token: number
  /** Aborted, with the reason, once a second operator could hold the claim. */
  readonly lost: AbortSignal
  /** Asks anew; throws `ClaimLost`. Called right before each step's first effect. */
  assertHeld(): Promise<void>
}

/** What the operator asked by signals. */
export interface Interruption {
  /** First Ctrl-C: stop at the next safe point. */
  readonly stop: AbortSignal
  /** Second: let nodes finish by themselves. */
  readonly detach: AbortSignal
}

export interface Ports<A extends ActionData, C extends CheckData, W> {
  readonly world: W
  readonly performers: Performers<A, W>
  readonly checkers: Checkers<C, W>
  readonly choose: Choose<A, C, W>
  readonly journal: Journal
  readonly clock: Clock
  readonly hold: Hold
  readonly interruption: Interruption
  /** Renderers listen here; they follow, never steer. */
  tell(event: Told): void
}
