// The shape of a plan: plain data, made by a runbook, printed, journaled whole, executed exactly. Imports nothing.

/** Names an intention, e.g. `masters/m2/upgrade`; never a position. Unique in its plan. */
export type PartId = string

/** The operator's name of a node, as in the cluster file. */
export type NodeName = string

/** What a step does, as data. `do` selects the performer. */
export interface ActionData {
  readonly do: string
}

/** What a gate asks, as data. `ask` selects the checker. */
export interface CheckData {
  readonly ask: string
}

/** How long a gate waits, in seconds of monotonic time: at most `within`, asking each `every`, until it was well for `steady`. */
export interface Patience {
  readonly within: number
  readonly every: number
  readonly steady: number
}

/** Changes something. */
export interface Step<A extends ActionData> {
  readonly kind: 'step'
  readonly id: PartId
  readonly title: string
  readonly action: A
}

/** Watches until well, or pauses the run. */
export interface Gate<C extends CheckData> {
  readonly kind: 'gate'
  readonly id: PartId
  readonly title: string
  readonly check: C
  readonly patience: Patience
}

/** Something is down on purpose between `open` and `close`; `close` is always carried out. */
export interface During<A extends ActionData, C extends CheckData> {
  readonly kind: 'during'
  readonly id: PartId
  readonly title: string
  readonly open: Step<A>
  readonly parts: readonly (Step<A> | Gate<C>)[]
  readonly close: Step<A>
}

export type LanePart<A extends ActionData, C extends CheckData> = Step<A> | Gate<C> | During<A, C>

/** What is done to one node of a rolling. */
export interface Lane<A extends ActionData, C extends CheckData> {
  readonly node: NodeName
  readonly parts: readonly LanePart<A, C>[]
}

/** How the next lane is chosen when its turn comes; the chooser reads it, the engine does not. */
type Order = 'as-listed' | 'by-rank'

/** Lanes, one per node: canaries first and alone, soak, then a sliding window of at most `atMost`. */
export interface Rolling<A extends ActionData, C extends CheckData> {
  readonly kind: 'rolling'
  readonly id: PartId
  readonly title: string
  readonly order: Order
  readonly atMost: number
  /** How many lanes, from the first, are verified one at a time before the window opens. */
  readonly canaries: number
  /** Seconds of waiting after the last canary. */
  readonly soak: number
  /** How many lanes may stop before no new lane is started. The run pauses at the end of the rolling in any case. */
  readonly budget: { readonly failures: number }
  /** How long the chooser may answer "wait" while no lane is under way. */
  readonly patience: Patience
  readonly lanes: readonly Lane<A, C>[]
}

export type Part<A extends ActionData, C extends CheckData> = Step<A> | Gate<C> | During<A, C> | Rolling<A, C>

export interface Stage<A extends ActionData, C extends CheckData> {
  readonly id: string
  readonly title: string
  readonly parts: readonly Part<A, C>[]
}

/** An override given before the run starts: which rule, by whom, why. */
export interface Acceptance {
  readonly what: string
  readonly by: string
  readonly reason: string
}

export interface Plan<A extends ActionData, C extends CheckData> {
  /** Version of this format; readers refuse what they do not know. */
  readonly format: 1
  readonly runbook: string
  /** `changing` runs exclude each other; `reading` runs have a lock of their own. */
  readonly kind: 'changing' | 'reading'
  /** What a failure leads to: wait for a person, or bring back, clean up and end. */
  readonly onFailure: 'pause' | 'end'
  readonly cluster: { readonly name: string; readonly id: string }
  readonly title: string
  /** What a reader of the plan should know: expected fail-overs, the point of no return, what does not survive. */
  readonly notes: readonly string[]
  readonly accepted: readonly Acceptance[]
  readonly stages: readonly Stage<A, C>[]
}

/** A check's answer: well or not, what was seen, what was wanted, what to do about it. */
export interface Verdict {
  readonly well: boolean
  readonly saw: string
  readonly wanted: string
  readonly remedy?: string
}
