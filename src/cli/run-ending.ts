// How a run's end is told: finished as the answer, anything else as an ending with the state of the cluster and what to type next.
import { few } from '../cluster/few.ts'
import type { Outcome, Stop, Why } from '../engine/events.ts'
import type { RunState } from '../engine/state.ts'
import { type Code, DcosctlError } from '../errors.ts'
import type { Left } from './drive.ts'
import { sayDataInPlace } from './swap-ending.ts'

const codes: { readonly [W in Why]: Code } = {
  gate: 'PAUSED_GATE',
  step: 'PAUSED_STEP',
  'in-doubt': 'PAUSED_DOUBT',
  budget: 'PAUSED_BUDGET',
  'claim-lost': 'PAUSED_CLAIM',
  interrupted: 'INTERRUPTED',
}

/** Undefined when the run has finished. */
export function endingOf({ run, outcome, state }: Left): DcosctlError | undefined {
  switch (outcome.run) {
    case 'finished':
    case 'abandoned':
      return undefined
    case 'paused':
      return paused(run, outcome.stop, state)
    case 'failed':
      return failed(outcome, state)
  }
}

function paused(run: string, stop: Stop, state: RunState): DcosctlError {
  const resume = 'then go on:  dcosctl run resume'
  const next: { readonly [W in Why]: readonly string[] } = {
    gate: [
      'look closer:  dcosctl check',
      resume,
      // No node may go next, or one is held: that is the choice of a rolling, and only a gate can be let pass.
      ...(state.gates.has(stop.part)
        ? [`if it may pass once:  dcosctl run resume --override ${stop.part} --reason '…'`]
        : []),
    ],
    step: ['look at the node', resume],
    'in-doubt': [
      'look at the node, then say what became of it:',
      `dcosctl run resolve ${stop.part} --as done|not-done --reason '…'`,
      resume,
    ],
    budget: ['look at the nodes that stopped:  dcosctl run show', resume],
    'claim-lost': ['see who has the cluster:  dcosctl status', resume],
    interrupted: ['go on:  dcosctl run resume'],
  }
  // The remedy of a doubt is the very command that stands below.
  const first = stop.remedy === undefined || stop.why === 'in-doubt' ? [] : [stop.remedy]
  return new DcosctlError(codes[stop.why], {
    what: `Run ${run} is paused: ${stop.reason}.`.replace(/\.\.$/, '.'),
    state: standing(state),
    next: [...first, ...next[stop.why], 'or end it where it stands:  dcosctl run abandon --reason …'],
  })
}

function failed({ stop }: Extract<Outcome, { run: 'failed' }>, { plan, durings }: RunState): DcosctlError {
  const down = [...durings.values()].includes('open')
  const code = stop.why === 'interrupted' ? 'INTERRUPTED' : 'NO_RESULT'
  const { what, state, again } = withoutResult[plan.runbook] ?? withoutResult.backup
  return new DcosctlError(code, {
    what: `${what}: ${stop.reason}.`.replace(/\.\.$/, '.'),
    state: down ? leftDown : state,
    next: [...(stop.remedy === undefined ? [] : [stop.remedy]), `then try again:  ${again}`],
  })
}

const leftDown =
  'What was stopped may still be down; its node starts it by itself within 5 min. Earlier backups are as they were.'

/** How the end of a run without its result is told, by runbook. */
const withoutResult: { readonly backup: NoResult; readonly [runbook: string]: NoResult | undefined } = {
  backup: {
    what: 'There is no backup',
    state: 'Nothing is left down and nothing half visible; earlier backups are as they were.',
    again: 'dcosctl backup',
  },
  prune: {
    what: 'Pruning did not come to its end',
    state: 'What was removed is gone whole or no backup any more; all others are as they were. The next prune goes on.',
    again: 'dcosctl backup prune',
  },
}

interface NoResult {
  readonly what: string
  readonly state: string
  readonly again: string
}

/** Where the nodes stand, one sentence per rolling that has begun. */
function standing(state: RunState): string {
  const { plan, rollings } = state
  const data = sayDataInPlace(state)
  if (data) return data
  const sentences = plan.stages
    .flatMap(({ parts }) => parts)
    .flatMap(part => {
      const rolling = part.kind === 'rolling' ? rollings.get(part.id) : undefined
      if (!rolling || part.kind !== 'rolling') return []
      const by = (is: string) => [...rolling.lanes].filter(([, lane]) => lane.is === is).map(([node]) => node)
      const [done, begun, waiting] = [by('finished'), [...by('stopped'), ...by('under-way')], by('waiting')]
      if (done.length + begun.length === 0) return []
      const said = [
        ...(done.length > 0 ? [`done ${few(done)}`] : []),
        ...(begun.length > 0 ? [`begun ${few(begun)}`] : []),
        ...(waiting.length > 0 ? [`not begun ${few(waiting)}`] : []),
      ]
      return [`${part.title}: ${said.join('; ')}.`]
    })
  if (sentences.length > 0) return sentences.join('\n')
  return plan.stages.some(({ parts }) => parts.some(({ kind }) => kind === 'rolling'))
    ? 'No node was begun.'
    : sayDone(state)
}

/** Of a plan that goes through no nodes. */
function sayDone({ steps }: RunState): string {
  const done = [...steps.values()].filter(({ is }) => is === 'finished').length
  return `${done} of its ${steps.size} steps ${done === 1 ? 'is' : 'are'} done.`
}
