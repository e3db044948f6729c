// What a run's events add up to. Pure: the engine, `run show` and the renderers fold the same events to the same state.
import type { ActionData, CheckData, During, NodeName, PartId, Plan, Verdict } from '../plan/types.ts'
import type { Driver, Found, RunEvent, Stop } from './events.ts'
import { visitPlan } from './plan-parts.ts'

type StepState = (
  | { readonly is: 'not-started' }
  | { readonly is: 'started' }
  | { readonly is: 'finished'; readonly found: Found; readonly evidence: string }
  | { readonly is: 'failed'; readonly error: string }
  /** It goes to a person, who answers with `run resolve`. */
  | { readonly is: 'in-doubt'; readonly reason: string }
  /** A person said that it is not done: it is looked at and, unless in place, performed again. */
  | { readonly is: 'resolved-not-done'; readonly by: string; readonly reason: string }
) & {
  /** The try that is next or under way, from 1. */
  readonly attempt: number
}

interface GateState {
  readonly is: 'not-asked' | 'unwell' | 'passed'
  readonly verdict?: Verdict
  /** Lets it pass once; gone when it passed. */
  readonly override?: { readonly by: string; readonly reason: string }
}

/** `shut`: nothing of it is down. `open`: its open was begun and its close is not done. */
type DuringState = 'shut' | 'open' | 'finished'

export type LaneState =
  | { readonly is: 'waiting' }
  | { readonly is: 'under-way'; readonly because: string }
  | { readonly is: 'finished'; readonly because: string }
  | { readonly is: 'stopped'; readonly because: string; readonly stop: Stop }

export interface RollingState {
  readonly lanes: ReadonlyMap<NodeName, LaneState>
  /** The soak after the canaries is over. */
  readonly soaked: boolean
  /** Every choice in its order, with its reason. */
  readonly choices: readonly { readonly node: NodeName; readonly because: string }[]
  readonly finished: number
}

type Status =
  | { readonly is: 'running' }
  | { readonly is: 'paused' | 'failed'; readonly stop: Stop }
  | { readonly is: 'finished' }
  | { readonly is: 'abandoned'; readonly by: string; readonly reason: string }

export interface RunState<A extends ActionData = ActionData, C extends CheckData = CheckData> {
  readonly run: string
  readonly plan: Plan<A, C>
  readonly status: Status
  /** Everybody who drove it, in order; the last one drives or drove last. */
  readonly drivers: readonly Driver[]
  readonly steps: ReadonlyMap<PartId, StepState>
  readonly gates: ReadonlyMap<PartId, GateState>
  readonly durings: ReadonlyMap<PartId, DuringState>
  readonly rollings: ReadonlyMap<PartId, RollingState>
  /** Nodes that are not to be begun, by whom and why. */
  readonly held: ReadonlyMap<NodeName, { readonly by: string; readonly reason: string }>
}

/** A state that goes along with its run: `hear` each event in order, read `state` at any time. */
export interface Following<A extends ActionData, C extends CheckData> {
  readonly state: RunState<A, C>
  hear(event: RunEvent<A, C>): void
}

interface MutableRolling {
  readonly lanes: Map<NodeName, LaneState>
  readonly choices: { readonly node: NodeName; readonly because: string }[]
  soaked: boolean
  finished: number
}

type Started<A extends ActionData, C extends CheckData> = Extract<RunEvent<A, C>, { event: 'run-started' }>

/** The state after a run's first event. */
export function begun<A extends ActionData, C extends CheckData>({ run, plan, by }: Started<A, C>): RunState<A, C> {
  const steps = new Map<PartId, StepState>()
  const gates = new Map<PartId, GateState>()
  const durings = new Map<PartId, DuringState>()
  const rollings = new Map<PartId, RollingState>()
  visitPlan(plan, {
    step: ({ id }) => steps.set(id, { is: 'not-started', attempt: 1 }),
    gate: ({ id }) => gates.set(id, { is: 'not-asked' }),
    during: ({ id }) => durings.set(id, 'shut'),
    rolling: ({ id, lanes }) =>
      rollings.set(id, {
        lanes: new Map(lanes.map(({ node }) => [node, { is: 'waiting' } as const])),
        choices: [],
        soaked: false,
        finished: 0,
      }),
  })
  return { run, plan, status: { is: 'running' }, drivers: [by], steps, gates, durings, rollings, held: new Map() }
}

/** Goes on from a state, which stays as it is. Each event costs the same, however long the run. */
export function follow<A extends ActionData, C extends CheckData>(from: RunState<A, C>): Following<A, C> {
  const { run, plan } = from
  const steps = new Map(from.steps)
  const gates = new Map(from.gates)
  const durings = new Map(from.durings)
  const rollings = new Map<PartId, MutableRolling>()
  for (const [id, rolling] of from.rollings)
    rollings.set(id, { ...rolling, lanes: new Map(rolling.lanes), choices: [...rolling.choices] })
  const held = new Map(from.held)
  const drivers = [...from.drivers]
  let status = from.status

  const bracketOf = new Map<PartId, During<A, C>>()
  visitPlan(plan, {
    during: during => {
      for (const id of [during.id, during.open.id, during.close.id]) bracketOf.set(id, during)
    },
  })

  const attemptOf = (part: PartId): number => inPlan(steps, part).attempt

  function stepBegan(part: PartId): void {
    steps.set(part, { is: 'started', attempt: attemptOf(part) })
    const during = bracketOf.get(part)
    if (during?.open.id === part) durings.set(during.id, 'open')
  }

  function stepEnded(part: PartId, found: Found, evidence: string): void {
    steps.set(part, { is: 'finished', found, evidence, attempt: attemptOf(part) })
    const during = bracketOf.get(part)
    if (during) durings.set(during.id, during.close.id === part ? 'finished' : 'open')
  }

  function broughtBack(part: PartId): void {
    const during = inPlan(bracketOf, part)
    for (const { id } of [during.open, during.close]) steps.set(id, { is: 'not-started', attempt: attemptOf(id) + 1 })
    durings.set(during.id, nothingLeft(during.parts) ? 'finished' : 'shut')
  }

  /** Whether all steps are finished and each gate after them passed. */
  function nothingLeft(parts: During<A, C>['parts']): boolean {
    const last = parts.findLastIndex(({ kind }) => kind === 'step')
    return parts.every(({ kind, id }, at) =>
      kind === 'step' ? inPlan(steps, id).is === 'finished' : at < last || inPlan(gates, id).is === 'passed',
    )
  }

  function doubted({ part, why, reason }: Stop): void {
    if (why === 'in-doubt') steps.set(part, { is: 'in-doubt', reason, attempt: attemptOf(part) })
  }

  function hear(event: RunEvent<A, C>): void {
    switch (event.event) {
      case 'run-started':
        if (event.run !== run) throw new Error(`the journal of run ${run} starts another one, ${event.run}`)
        break
      case 'run-resumed':
        drivers.push(event.by)
        status = { is: 'running' }
        break
      case 'step-started':
        stepBegan(event.part)
        break
      case 'step-finished':
        stepEnded(event.part, event.found, event.evidence)
        break
      case 'step-failed':
        steps.set(event.part, { is: 'failed', error: event.error, attempt: attemptOf(event.part) + 1 })
        break
      case 'brought-back':
        broughtBack(event.part)
        break
      case 'gate-unwell':
        gates.set(event.part, { ...inPlan(gates, event.part), is: 'unwell', verdict: event.verdict })
        break
      case 'gate-passed':
        gates.set(event.part, { is: 'passed', verdict: event.verdict })
        break
      case 'lane-started': {
        const { lanes, choices } = inPlan(rollings, event.rolling)
        lanes.set(event.node, { is: 'under-way', because: event.because })
        choices.push({ node: event.node, because: event.because })
        break
      }
      case 'lane-finished': {
        const rolling = inPlan(rollings, event.rolling)
        rolling.lanes.set(event.node, { is: 'finished', because: reasonOf(rolling, event.node) })
        rolling.finished++
        break
      }
      case 'lane-stopped': {
        const rolling = inPlan(rollings, event.rolling)
        rolling.lanes.set(event.node, { is: 'stopped', because: reasonOf(rolling, event.node), stop: event.stop })
        doubted(event.stop)
        break
      }
      case 'soaked':
        inPlan(rollings, event.rolling).soaked = true
        break
      case 'held':
        held.set(event.node, { by: event.by, reason: event.reason })
        break
      case 'released':
        held.delete(event.node)
        break
      case 'overridden':
        gates.set(event.part, {
          ...inPlan(gates, event.part),
          override: { by: event.by, reason: event.reason },
        })
        break
      case 'resolved':
        if (event.as === 'done') stepEnded(event.part, 'in-place', `${event.by} says it is done: ${event.reason}`)
        else
          steps.set(event.part, {
            is: 'resolved-not-done',
            by: event.by,
            reason: event.reason,
            attempt: attemptOf(event.part) + 1,
          })
        break
      case 'run-paused':
        status = { is: 'paused', stop: event.stop }
        doubted(event.stop)
        break
      case 'run-failed':
        status = { is: 'failed', stop: event.stop }
        doubted(event.stop)
        break
      case 'run-finished':
        status = { is: 'finished' }
        break
      case 'run-abandoned':
        status = { is: 'abandoned', by: event.by, reason: event.reason }
        break
    }
  }

  return {
    state: {
      run,
      plan,
      get status() {
        return status
      },
      drivers,
      steps,
      gates,
      durings,
      rollings,
      held,
    },
    hear,
  }
}

/**
 * The state after these events; every prefix of a journal has one. `undefined`: there is no event, the run never began and touched nothing.
 * Throws if the first event is not `run-started`, or an event names a part that is not in the plan.
 */
export function fold<A extends ActionData, C extends CheckData>(
  events: readonly RunEvent<A, C>[],
): RunState<A, C> | undefined {
  const [first, ...rest] = events
  if (!first) return undefined
  if (first.event !== 'run-started') throw new Error(`a journal begins with run-started, this one with ${first.event}`)
  const following = follow(begun(first))
  for (const event of rest) following.hear(event)
  return following.state
}

function reasonOf(rolling: MutableRolling, node: NodeName): string {
  const lane = inPlan(rolling.lanes, node)
  return lane.is === 'waiting' ? '' : lane.because
}

/** What the plan holds under this id, in a state or in an index made from the plan. */
export function inPlan<T>(parts: ReadonlyMap<PartId, T>, id: PartId): T {
  const part = parts.get(id)
  if (part === undefined) throw new Error(`${id} is not in the plan of this run`)
  return part
}
