// Takes the power from the workstation at chosen points of a run, goes on from what is on disk, and says what went wrong.
import type { RunEvent, Stop } from '../../src/engine/events.ts'
import { begun, fold, follow } from '../../src/engine/state.ts'
import type { LanePart, Part } from '../../src/plan/types.ts'
import { FakeCluster, type Fault, type Toy, type ToyCheck } from './fake-cluster.ts'
import { type ToyPlan, Workstation } from './workstation.ts'

export interface Scenario {
  readonly name: string
  readonly nodes: readonly string[]
  readonly mayBeDown?: number
  readonly plan: ToyPlan
  /** What is broken at the start; when the run pauses somebody mends everything, answers what is in doubt, and resumes. */
  readonly faults?: readonly (readonly [node: string, fault: Fault])[]
}

interface Cut {
  /** At which point of each workstation the power goes. */
  readonly at: readonly number[]
  /** Seconds until somebody resumes: 0 finds what was begun still under way, an hour finds it ended. */
  readonly away: number
}

/** Runs to the end with these cuts. Answers what broke the rules, and whether the last cut came before the run was over. */
async function runWithCuts(scenario: Scenario, cut: Cut): Promise<{ wrong: string[]; allCutsCame: boolean }> {
  const { plan } = scenario
  const cluster = new FakeCluster(scenario.nodes, scenario.mayBeDown)
  const disk: RunEvent[] = []
  const jumped: string[] = []
  const wrongAtPause: string[] = []
  for (const [node, fault] of scenario.faults ?? []) cluster.fault(node, fault)
  const cuts = [...cut.at]
  let untilCut = cuts.shift() ?? Number.POSITIVE_INFINITY
  let came = 0
  const workstations: Workstation[] = []

  for (let sessions = 0; sessions < mostSessions; sessions++) {
    const soFar = fold(disk)
    if (soFar?.status.is === 'finished') break
    if (soFar?.status.is === 'paused') mend(cluster, soFar.status.stop, disk)
    const sessionFrom = disk.length
    const workstation = new Workstation(cluster, disk, { cutAt: untilCut })
    workstations.push(workstation)
    watchGates(plan, cluster, workstation, () => disk.slice(sessionFrom), jumped)
    const ended = await Promise.race([soFar ? workstation.resume() : workstation.execute(plan), workstation.died])
    if (ended === 'died') {
      came++
      untilCut = cuts.shift() ?? Number.POSITIVE_INFINITY
      await cluster.clock.sleep(cut.away * 1000, new AbortController().signal)
      continue
    }
    untilCut -= workstation.points.length
    if (ended.run === 'paused') wrongAtPause.push(...leftStopped(cluster))
    if (ended.run !== 'finished' && !scenario.faults) {
      wrongAtPause.push(`the run ended ${JSON.stringify(ended)}`)
      break
    }
  }
  await cluster.clock.sleep(3_600_000, new AbortController().signal)
  cluster.clock.stop()
  for (const workstation of workstations) workstation.bury()
  return {
    wrong: [
      ...jumped,
      ...wrongAtPause,
      ...cluster.violations,
      ...leftUndone(plan, cluster),
      ...leftDown(cluster),
      ...journalFaults(plan, disk),
    ],
    allCutsCame: came === cut.at.length,
  }
}

/** More cuts and pauses than any scenario has. */
const mostSessions = 12

/** Mends what the run paused at, or answers what is in doubt there. */
function mend(cluster: FakeCluster, stop: Stop, disk: RunEvent[]): void {
  const [node = ''] = stop.part.split('/')
  if (cluster.nodes.has(node)) cluster.mend(node)
  const inDoubt = disk.at(-1)?.event === 'run-paused' && stop.why === 'in-doubt'
  if (inDoubt)
    disk.push({ event: 'resolved', part: stop.part, as: 'not-done', by: 'operator', reason: 'looked at by eye' })
}

/** While a run is paused nothing is down on purpose, unless it can't be started. */
function leftStopped({ nodes }: FakeCluster): string[] {
  return [...nodes].flatMap(([name, { running, faults }]) =>
    running || faults.has('does-not-start') ? [] : [`${name} is stopped while the run is paused`],
  )
}

/** Before each thing that is begun, the gates right in front of it were passed in the hands of this same driver. */
function watchGates(
  plan: ToyPlan,
  cluster: FakeCluster,
  workstation: Workstation,
  session: () => readonly RunEvent[],
  jumped: string[],
): void {
  for (const [part, gates] of gatesInFront(plan)) {
    const known = cluster.begun(part)
    workstation.at(`begun ${part}`, () => {
      if (cluster.begun(part) === known) return // followed, not begun
      const passed = new Set(session().flatMap(event => (event.event === 'gate-passed' ? [event.part] : [])))
      for (const gate of gates) if (!passed.has(gate)) jumped.push(`${part} was begun without asking ${gate}`)
    })
  }
}

/** The gates that stand between each step and the last thing done before it. */
export function gatesInFront(plan: ToyPlan): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const walk = (parts: readonly (Part<Toy, ToyCheck> | LanePart<Toy, ToyCheck>)[], before: readonly string[]): void => {
    let gates = [...before]
    for (const part of parts) {
      if (part.kind === 'gate') {
        gates.push(part.id)
        continue
      }
      if (part.kind === 'step') found.set(part.id, gates)
      if (part.kind === 'during') {
        found.set(part.open.id, gates)
        walk(part.parts, [])
      }
      if (part.kind === 'rolling') for (const lane of part.lanes) walk(lane.parts, gates)
      gates = []
    }
  }
  for (const { parts } of plan.stages) walk(parts, [])
  return found
}

function leftUndone({ stages }: ToyPlan, cluster: FakeCluster): string[] {
  const wrong: string[] = []
  const want = (done: boolean, what: string): void => {
    if (!done) wrong.push(`${what} was left undone`)
  }
  const walk = (part: Part<Toy, ToyCheck> | LanePart<Toy, ToyCheck>): void => {
    if (part.kind === 'rolling') for (const lane of part.lanes) for (const inner of lane.parts) walk(inner)
    if (part.kind === 'during') for (const inner of part.parts) walk(inner)
    if (part.kind !== 'step') return
    const { action } = part
    if (action.do === 'upgrade') want(cluster.node(action.node).version === action.to, part.id)
    if (action.do === 'copy') want(cluster.node(action.node).copies === 1, part.id)
    if (action.do === 'note') want(cluster.notes.includes(action.text), part.id)
  }
  for (const { parts } of stages) for (const part of parts) walk(part)
  return wrong
}

function leftDown(cluster: FakeCluster): string[] {
  return cluster.down.map(name => `${name} was left down`)
}

/** Every prefix has a state, and in none of them are more lanes begun and not verified than may be. */
function journalFaults(plan: ToyPlan, disk: readonly RunEvent[]): string[] {
  const [first, ...rest] = disk
  if (first?.event !== 'run-started') return ['the journal does not begin with run-started']
  const wrong: string[] = []
  const rollings = plan.stages.flatMap(({ parts }) => parts.filter(part => part.kind === 'rolling'))
  const { state, hear } = follow(begun(first))
  for (const event of rest) {
    hear(event)
    for (const { id, atMost } of event.event === 'lane-started' ? rollings : []) {
      const lanes = [...(state.rollings.get(id)?.lanes.values() ?? [])]
      const open = lanes.filter(({ is }) => is === 'under-way' || is === 'stopped')
      if (open.length > atMost) wrong.push(`${id}: ${open.length} lanes at once`)
    }
  }
  if (state.status.is !== 'finished') wrong.push(`the journal says ${state.status.is}`)
  for (const [id, { is }] of state.steps) if (is !== 'finished' && !bracketed(plan, id)) wrong.push(`${id} is ${is}`)
  return wrong
}

/** A during that was brought back when nothing was left to do in it is finished without its close having had its turn. */
function bracketed(plan: ToyPlan, id: string): boolean {
  return plan.stages.some(({ parts }) =>
    parts
      .flatMap(part => (part.kind === 'rolling' ? part.lanes.flatMap(lane => lane.parts) : [part]))
      .some(part => part.kind === 'during' && (part.open.id === id || part.close.id === id)),
  )
}

/** Abandons the run after each possible cut, at once. What is under way on nodes ends by itself; after an hour all must serve. */
export async function abandonAtEveryCut({
  nodes,
  mayBeDown,
  plan,
}: Scenario): Promise<{ faults: string[]; cuts: number }> {
  const faults: string[] = []
  for (let cutAt = 1; ; cutAt++) {
    const cluster = new FakeCluster(nodes, mayBeDown)
    const disk: RunEvent[] = []
    const workstation = new Workstation(cluster, disk, { cutAt })
    if ((await Promise.race([workstation.execute(plan), workstation.died])) !== 'died')
      return { faults, cuts: cutAt - 1 }
    if (disk.length === 0 || fold(disk)?.status.is === 'finished') continue
    const { run } = await new Workstation(cluster, disk).abandon()
    await cluster.clock.sleep(3_600_000, new AbortController().signal)
    cluster.clock.stop()
    const wrong = [...cluster.violations, ...leftDown(cluster), ...(run === 'abandoned' ? [] : [`it is ${run}`])]
    faults.push(...wrong.map(fault => `cut at ${cutAt}, then abandoned: ${fault}`))
  }
}

/** Every cut, one point later each time, until the run is over before it comes. Answers the faults, each with its cut, and how many cuts there were. */
export async function everyCut(
  scenario: Scenario,
  times: 1 | 2,
  away: number,
): Promise<{ faults: string[]; cuts: number }> {
  const faults: string[] = []
  let cuts = 0
  const tryCut = async (...at: number[]): Promise<boolean> => {
    const { wrong, allCutsCame } = await runWithCuts(scenario, { at, away })
    if (allCutsCame) cuts++
    faults.push(...wrong.map(fault => `cut at ${at.join(' and ')}, away ${away} s: ${fault}`))
    return allCutsCame
  }
  for (let first = 1; await tryCut(first); first++)
    for (let second = 1; times === 2 && (await tryCut(first, second)); second++);
  return { faults, cuts }
}
