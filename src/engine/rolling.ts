// A rolling: canaries one at a time, soak, then a sliding window in which the next lane starts as one is verified.
import type { ActionData, CheckData, NodeName, Rolling } from '../plan/types.ts'
import type { Drive } from './drive.ts'
import type { Stop } from './events.ts'
import { doLane, type Going } from './lane.ts'
import { nextLane } from './next-lane.ts'
import { inPlan, type RollingState } from './state.ts'
import { pause } from './waiting.ts'

/** Done (`undefined`) or stopped. Lanes that an earlier driver left under way or stopped go first; new ones are chosen one at a time. */
export async function roll<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  rolling: Rolling<A, C>,
): Promise<Stop | undefined> {
  const state = inPlan(drive.state.rollings, rolling.id)
  const lanes = new Map(rolling.lanes.map(lane => [lane.node, lane]))
  const { underWay, stopped, waiting, held } = queues(rolling, state, drive.state.held)
  const going: Going = { underWay: new Set(), stopped: [], laneEnded: Promise.withResolvers() }
  let notChosen: Stop | undefined

  const start = (node: NodeName, because?: string): void => {
    const lane = inPlan(lanes, node)
    const canary = isCanaryTime(rolling, state)
    going.underWay.add(node)
    doLane(drive, rolling.id, lane, because, going, canary).then(() => {
      going.underWay.delete(node)
      going.laneEnded.resolve()
      going.laneEnded = Promise.withResolvers()
    })
  }
  const left = (): number => underWay.length + stopped.length + waiting.length
  const mayStart = (): boolean =>
    !going.halted && !going.thrown && !notChosen && !drive.stopping.aborted && !isOverBudget(rolling, going)

  while (going.underWay.size > 0 || (mayStart() && left() > 0)) {
    const window = isCanaryTime(rolling, state) ? 1 : rolling.atMost
    if (!mayStart() || going.underWay.size >= window || left() === 0) {
      await going.laneEnded.promise
      continue
    }
    const begun = underWay.shift()
    if (begun) {
      start(begun)
      continue
    }
    if (mustSoak(rolling, state)) {
      if (going.underWay.size > 0) await going.laneEnded.promise
      else await soak(drive, rolling)
      continue
    }
    // A lane that stopped goes before any new one, but takes its node down again: it waits for its turn as well.
    const [again] = stopped
    const choice = await nextLane(drive, rolling, again ? [again.node] : waiting, going)
    if ('start' in choice && mayStart()) {
      if (again) stopped.shift()
      else waiting.splice(waiting.indexOf(choice.start), 1)
      start(choice.start, again ? again.because : choice.because)
    } else if ('stop' in choice) notChosen = choice.stop
  }

  if (going.thrown) throw going.thrown.error
  return drive.halted(rolling.id) ?? going.halted ?? stopOf(rolling, going) ?? notChosen ?? notBegun(rolling, held)
}

/** Which lanes go on, which wait for their turn, and which are held. What was begun goes on even if held; what stopped does not. */
function queues<A extends ActionData, C extends CheckData>(
  { lanes }: Rolling<A, C>,
  state: RollingState,
  heldNodes: ReadonlyMap<NodeName, { readonly by: string; readonly reason: string }>,
) {
  const underWay: NodeName[] = []
  const stopped: { readonly node: NodeName; readonly because: string }[] = []
  const waiting: NodeName[] = []
  const held: string[] = []
  for (const { node } of lanes) {
    const lane = inPlan(state.lanes, node)
    const hold = heldNodes.get(node)
    if (lane.is === 'finished') continue
    if (lane.is === 'under-way') underWay.push(node)
    else if (hold) held.push(`${node} is held by ${hold.by}: ${hold.reason}`)
    else if (lane.is === 'stopped') stopped.push({ node, because: `tried again; it had stopped: ${lane.stop.reason}` })
    else waiting.push(node)
  }
  return { underWay, stopped, waiting, held }
}

/** Until the canaries are verified, one lane at a time. */
function isCanaryTime({ canaries, lanes }: Rolling<ActionData, CheckData>, { finished }: RollingState): boolean {
  return finished < Math.min(canaries, lanes.length)
}

/** Between the last canary and the first lane behind it. */
function mustSoak(rolling: Rolling<ActionData, CheckData>, state: RollingState): boolean {
  return rolling.canaries > 0 && rolling.soak > 0 && !state.soaked && !isCanaryTime(rolling, state)
}

async function soak<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  { id: part, soak }: Rolling<A, C>,
): Promise<void> {
  drive.tell({ event: 'waiting', part, text: `the canaries are well; soaking for ${soak} s` })
  await pause(drive.ports.clock, soak * 1000, drive.stopping)
  if (!drive.stopping.aborted) await drive.record({ event: 'soaked', rolling: part })
}

/** A canary that stopped ends the rolling, whatever the budget: that is what it was sent for. */
function isOverBudget({ budget }: Rolling<ActionData, CheckData>, { stopped }: Going): boolean {
  return stopped.length > budget.failures || stopped.some(({ canary }) => canary)
}

function stopOf({ budget, lanes }: Rolling<ActionData, CheckData>, { stopped }: Going): Stop | undefined {
  const [first] = stopped
  if (!first) return undefined
  if (budget.failures === 0 || stopped.length <= budget.failures) return first.stop
  const names = stopped.map(({ node }) => node).join(', ')
  const reason = `${stopped.length} of ${lanes.length} lanes stopped (${names}), ${budget.failures} may. The first: ${first.stop.reason}`
  return { ...first.stop, why: 'budget', reason }
}

function notBegun({ id }: Rolling<ActionData, CheckData>, held: readonly string[]): Stop | undefined {
  if (held.length === 0) return undefined
  return { part: id, why: 'gate', reason: `all other lanes are finished; ${held.join('; ')}` }
}
