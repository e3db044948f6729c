// What a node's answer about a step means. Pure; the rules are those of "A step on a node": where it is not sure, it says lost.
import { unescapeName } from './step-name.ts'

export type StepState =
  | { readonly state: 'absent' }
  /** Somebody made the folder and nothing was done: it may be started. */
  | { readonly state: 'claimed' }
  | {
      readonly state: 'running' /** Seconds since the epoch, by the node's clock; unknown in the moment before the unit wrote it. */
      readonly since: number | undefined
      readonly outputBytes: number
    }
  | { readonly state: 'ended'; readonly exit: number; readonly outputBytes: number }
  /** It began and did not end in order: only the node's own state says what it did. */
  | { readonly state: 'lost'; readonly why: string; readonly outputBytes: number }

/** A step that a node works on, of whichever run. */
export interface AtWork {
  readonly run: string
  readonly part: string
  /** Without `.service`. */
  readonly unit: string
  /** Seconds since the epoch, by the node's clock; unknown in the moment before the unit wrote it. */
  readonly since: number | undefined
}

export interface StepAnswer {
  readonly step: StepState
  /** What followed the answer. */
  readonly rest: string
  /** For a start: whether it began now or was found; or the higher token, and who wrote it; or the other step that is at work. */
  readonly start?: 'begun' | 'found'
  readonly fenced?: string
  readonly busy?: AtWork
}

/** @throws Error for an answer that is cut short or holds what no script of ours prints */
export function readStepAnswer(printed: string): StepAnswer {
  const fenced = /^fenced=(.*)/.exec(printed)?.[1]
  if (fenced !== undefined) return { step: { state: 'absent' }, rest: '', fenced }
  const busy = readAtWork(printed)
  if (busy) return { step: { state: 'absent' }, rest: '', busy }
  const end = printed.indexOf('end=look\n')
  if (end < 0) throw new Error(`the answer about a step was cut short: ${JSON.stringify(printed.slice(-80))}`)
  const said = new Map(
    printed
      .slice(0, end)
      .split('\n')
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const start = said.get('start')
  return {
    step: stateOf(said),
    rest: printed.slice(end + 'end=look\n'.length),
    ...(start === 'begun' || start === 'found' ? { start } : {}),
  }
}

/** Undefined unless another step is named. @throws Error for a name that is none of ours */
export function readAtWork(printed: string): AtWork | undefined {
  if (!printed.startsWith('busy=')) return undefined
  const named = /^busy=(?<unit>\S+) (?<run>[^\s/]+)\/(?<part>[^\s/]+) (?<since>\d{0,11})\n$/.exec(printed)?.groups
  if (!named) throw new Error(`the step at work reads ${JSON.stringify(printed)}, which names none`)
  const { unit = '', run = '', part = '', since = '' } = named
  return { unit, run: unescapeName(run), part: unescapeName(part), since: since ? Number(since) : undefined }
}

function stateOf(said: ReadonlyMap<string, string>): StepState {
  const outputBytes = number(said, 'output') ?? 0
  const exit = number(said, 'exit')
  if (exit !== undefined) return { state: 'ended', exit, outputBytes }

  const active = ['active', 'activating', 'reloading'].includes(said.get('ActiveState') ?? '')
  const started = said.get('started')
  if (started === undefined) {
    if (active) {
      if (said.get('SubState') === 'exited') return { state: 'lost', why: 'its unit ended without a word', outputBytes }
      return { state: 'running', since: undefined, outputBytes }
    }
    return { state: said.has('folder') ? 'claimed' : 'absent' }
  }

  const lost = (why: string): StepState => ({ state: 'lost', why, outputBytes })
  const [boot, invocation, , since] = started.split(' ')
  if (boot !== said.get('boot')) return lost('the node was started anew while it was at work')
  if (!active) return lost(`its unit is ${said.get('ActiveState') ?? 'unknown'} and left no exit`)
  if (said.get('SubState') === 'exited') return lost('its unit ended without leaving an exit')
  const now = said.get('InvocationID')
  if (now && invocation !== 'none' && now !== invocation)
    return lost('its unit was started a second time by somebody else')
  return { state: 'running', since: Number(since), outputBytes }
}

function number(said: ReadonlyMap<string, string>, key: string): number | undefined {
  const text = said.get(key)
  if (text === undefined) return undefined
  if (!/^\s*\d+\s*$/.test(text)) throw new Error(`a step's ${key} reads ${JSON.stringify(text)}, which is no number`)
  return Number(text)
}
