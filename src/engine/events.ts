// What a run says of itself. RunEvents are journaled before anybody hears of them and fold back to the state; Progress is only told.
import type { ActionData, CheckData, NodeName, PartId, Plan, Verdict } from '../plan/types.ts'

/** Who drives: a person (or cron) at a workstation, with the fencing token of the claim. */
export interface Driver {
  readonly user: string
  readonly host: string
  readonly pid: number
  /** Raised by each new driver; a node refuses steps with a token lower than the last it saw. */
  readonly token: number
}

/** Why a run or a lane stopped. */
export type Why = 'gate' | 'step' | 'in-doubt' | 'budget' | 'claim-lost' | 'interrupted'

/** What `look` answered before (or instead of) performing; a step found under way counts as absent: it was this run that did it. */
export type Found = 'absent' | 'in-place'

export interface Stop {
  /** The part at which it stopped. */
  readonly part: PartId
  readonly why: Why
  /** What happened, in one or two sentences. */
  readonly reason: string
  /** What to do about it, if the check or action knows. */
  readonly remedy?: string
}

export type RunEvent<A extends ActionData = ActionData, C extends CheckData = CheckData> =
  | { readonly event: 'run-started'; readonly run: string; readonly plan: Plan<A, C>; readonly by: Driver }
  | { readonly event: 'run-resumed'; readonly by: Driver }
  /** On disk before the step's first effect. */
  | { readonly event: 'step-started'; readonly part: PartId }
  | { readonly event: 'step-finished'; readonly part: PartId; readonly found: Found; readonly evidence: string }
  | { readonly event: 'step-failed'; readonly part: PartId; readonly error: string }
  /**
   * The `close` of a during was carried out before its turn (resume, pause, abandon, error). `part` is the during's id: it begins
   * again, its finished steps stay finished; if nothing inside was left to do, it is finished.
   */
  | { readonly event: 'brought-back'; readonly part: PartId; readonly evidence: string }
  | { readonly event: 'gate-unwell'; readonly part: PartId; readonly verdict: Verdict }
  /** Well for as long as wanted; or, when `verdict.well` is false, let pass by an override. */
  | { readonly event: 'gate-passed'; readonly part: PartId; readonly verdict: Verdict }
  | { readonly event: 'lane-started'; readonly rolling: PartId; readonly node: NodeName; readonly because: string }
  | { readonly event: 'lane-finished'; readonly rolling: PartId; readonly node: NodeName }
  | { readonly event: 'lane-stopped'; readonly rolling: PartId; readonly node: NodeName; readonly stop: Stop }
  /** The canaries of a rolling were verified and the soak is over. */
  | { readonly event: 'soaked'; readonly rolling: PartId }
  | { readonly event: 'held'; readonly node: NodeName; readonly by: string; readonly reason: string }
  | { readonly event: 'released'; readonly node: NodeName; readonly by: string }
  /** A person lets a gate pass: once, by name, with a reason. */
  | { readonly event: 'overridden'; readonly part: PartId; readonly by: string; readonly reason: string }
  /** A person says what became of a step in doubt. */
  | {
      readonly event: 'resolved'
      readonly part: PartId
      readonly as: 'done' | 'not-done'
      readonly by: string
      readonly reason: string
    }
  | { readonly event: 'run-paused'; readonly stop: Stop }
  /** Only runs with nobody to wait for (`onFailure: 'end'`): cleaned up, released, ended without their result. */
  | { readonly event: 'run-failed'; readonly stop: Stop }
  | { readonly event: 'run-finished' }
  | { readonly event: 'run-abandoned'; readonly by: string; readonly reason: string }

/** Told to renderers, never journaled. */
export type Progress =
  | { readonly event: 'said'; readonly part: PartId; readonly text: string }
  | { readonly event: 'gate-asked'; readonly part: PartId; readonly verdict: Verdict; readonly secondsLeft: number }
  | { readonly event: 'waiting'; readonly part: PartId; readonly text: string }
  | { readonly event: 'stopping'; readonly text: string }

export type Told<A extends ActionData = ActionData, C extends CheckData = CheckData> = (RunEvent<A, C> | Progress) & {
  /** Wall clock, ISO 8601 in UTC. */
  readonly at: string
}

/** How a run left the engine. `detached`: interrupted twice; nodes finish by themselves. */
export type Outcome =
  | { readonly run: 'finished' }
  | { readonly run: 'paused'; readonly stop: Stop }
  | { readonly run: 'failed'; readonly stop: Stop }
  | { readonly run: 'abandoned' }
