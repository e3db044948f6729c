// What the engine needs of the world. It knows plans, not DC/OS: performers, checkers and the chooser come from outside.
import type { ActionData, CheckData, NodeName, PartId, Rolling, Verdict } from '../plan/types.ts'
import type { Driver, RunEvent, Told } from './events.ts'

/**
 * What looking found: not there; there; or something only a person can judge.
 * `under-way`: an earlier driver began it and the node still works on it; `perform` follows it to its end. Without this answer
 * a resume could not tell a step that runs (the gates in front of it have served, asking them again could wait for ever)
 * from one that was intended but never began (the gates in front of it must be asked again, hours may have passed).
 */
export type Look = 'absent' | 'in-place' | 'under-way' | { readonly unclear: string }

/** What a performer may use beside the world. */
export interface StepContext {
  readonly run: string
  readonly part: PartId
  /**
   * Which try this is, from 1. The same after a crash, so that a node step is found again; another one after the step failed,
   * was brought back or was resolved as not done, so that the node's memory of the earlier try is not taken for this one's result.
   */
  readonly attempt: number
  /**
   * Set for the close of a during: its open and the steps inside that were begun. What of them is still under way on the node
   * must have ended, or be ended, before this one's effect: a stop that lands after the start, or a copy that goes on while the
   * service runs again, would undo what the during is for.
   */
  readonly mustEndFirst?: readonly { readonly part: PartId; readonly attempt: number }[]
  /** Fencing token of the driver. */
  readonly token: number
  /**
   * Aborted when the claim is lost or the operator detaches (never for the close of a during, which is always carried out).
   * A node step goes on by itself; performers just stop following it and throw.
   */
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

/** Throwing counts as "not well, because …". (Written as a method so that a checker of one kind fits a map of all kinds.) */
export type Checker<C extends CheckData, W> = {
  ask(check: C, world: W, signal: AbortSignal): Promise<Verdict>
}['ask']
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
  /** Who drives; the token comes from `hold`. */
  readonly by: Omit<Driver, 'token'>
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
  /** A renderer threw. The run goes on; this is where it can be said. */
  rendererFailed(error: unknown): void
}
