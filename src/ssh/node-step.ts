// A step on a node that outlives the connection: look at it, start it once, follow it through dropped lines to its end.
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as wait } from 'node:timers/promises'
import { because } from '../errors.ts'
import {
  DeadlinePassed,
  Fenced,
  LineDropped,
  LoginRefused,
  ScriptFailed,
  StepBusy,
  StrangeAnswer,
  Unreachable,
} from './errors.ts'
import type { Host } from './host.ts'
import { quote } from './quote.ts'
import { placesOf, type StepName } from './step-name.ts'
import { followScript, lookScript, otherAtWorkScript, startScript, unitScript } from './step-scripts.ts'
import { type AtWork, readAtWork, readStepAnswer, type StepAnswer, type StepState } from './step-state.ts'

/** Milliseconds for one look or start; a start may wait 20 s for another starter. */
const askWithin = 60_000

/** Fifths of a second that the node waits for something new before it answers. */
const patience = 50

/** Lines of output kept for the result. */
const tailLines = 20

export interface StepOrder extends StepName {
  /** POSIX sh, run by root with HOME and PATH set and stdin closed. */
  readonly script: string
  /** May hold secrets: they stand in a file that only root may read, in no argument list. */
  readonly env?: Readonly<Record<string, string>>
  /** Fencing token of who drives; a whole number that grows with every claim. */
  readonly token: number
}

export interface Following {
  /** Each line of output, once. */
  say(line: string): void
  /** Told why, each time when the node can't be asked and is tried again. */
  outOfTouch?(why: string): void
  readonly signal?: AbortSignal
  /** Bytes of output said already, from an earlier `outputBytes`. */
  readonly from?: number
  /** Milliseconds without reaching the node after which following gives up; a step that reboots needs minutes. */
  readonly outOfTouchWithin: number
  /** First wait between two tries to reach it, doubled up to 16 times of it. 1000 ms unless said. */
  readonly retryAfter?: number
}

export type Followed = Exclude<StepState, { state: 'running' }> & { readonly tail: readonly string[] }

/** What the node remembers of a step. Changes nothing. */
export async function lookAtStep(host: Host, name: StepName): Promise<StepState> {
  const { folder, unit } = placesOf(name)
  return (await ask(host, lookScript, [folder, unit], 'looking at a step')).step
}

/** Another step than this one that the node works on, of this run or of another. Changes nothing. */
export async function otherStepAtWork(host: Host, name: StepName): Promise<AtWork | undefined> {
  const { base, unit } = placesOf(name)
  return await answered(host, otherAtWorkScript, [base, unit], 'asking for a step at work', readAtWork)
}

/**
 * Starts a step unless it was started before, by whomever; then it is `found`. Two starters at once begin one.
 * @throws Fenced when a driver with a higher token was here
 * @throws StepBusy when another step is at work there; nothing was started
 */
export async function startStep(
  host: Host,
  order: StepOrder,
): Promise<{ readonly start: 'begun' | 'found'; readonly step: StepState }> {
  const { base, runFolder, folder, unit } = placesOf(order)
  if (!Number.isSafeInteger(order.token) || order.token < 0) throw new RangeError(`${order.token} is no fencing token`)
  const script = Buffer.from(`${exports(order.env ?? {})}${order.script}\n`)
  const args = [base, runFolder, folder, unit, String(order.token), order.run, String(script.length), unitScript]
  const { fenced, busy, start, step } = await ask(host, startScript, args, `starting ${order.part}`, script)
  if (fenced !== undefined) {
    const [token, run] = fenced.split(' ')
    throw new Fenced(host.name, {
      what: `${host.name} obeys run ${run}, whose token ${token} is higher than our ${order.token}`,
      state: `${order.part} was not started.`,
      next: [
        'see who has the cluster: `dcosctl status`',
        `if ZooKeeper was set back since, remove ${base}/token on ${host.name}`,
      ],
    })
  }
  if (busy) throw new StepBusy(host.name, busy, order.part)
  if (start === undefined)
    throw new StrangeAnswer(host.name, { what: `${host.name} did not say whether it started ${order.part}` })
  return { start, step }
}

/**
 * Says what the step prints until it is not running any more. A dropped line, a reboot or a frozen host is waited out
 * by asking `reach` again. Aborting stops the following, not the step.
 * @throws the last error when the node was out of touch for too long
 */
export async function followStep(reach: () => Promise<Host>, name: StepName, following: Following): Promise<Followed> {
  const { folder, unit } = placesOf(name)
  const { signal, outOfTouchWithin, retryAfter = 1_000 } = following
  const lines = lineSayer(following.say)
  let offset = following.from ?? 0
  let touched = performance.now()
  let pause = retryAfter
  for (;;) {
    try {
      const host = await reach()
      const args = [folder, unit, String(offset), String(patience)]
      const { step, rest } = await ask(host, followScript, args, `following ${name.part}`, undefined, signal)
      touched = performance.now()
      pause = retryAfter
      const chunk = Buffer.from(rest, 'base64')
      offset += chunk.length
      lines.take(chunk)
      if (step.state === 'running') continue
      if ('outputBytes' in step && offset < step.outputBytes && chunk.length) continue
      return { ...step, tail: lines.end() }
    } catch (error) {
      signal?.throwIfAborted()
      if (!passes(error) || performance.now() - touched > outOfTouchWithin) throw error
      following.outOfTouch?.(because(error))
      await wait(pause, undefined, signal ? { signal } : {})
      pause = Math.min(pause * 2, retryAfter * 16)
    }
  }
}

/** Whether an error may go away by itself. A node that boots refuses logins for a while (pam_nologin). */
function passes(error: unknown): boolean {
  return [LineDropped, Unreachable, DeadlinePassed, LoginRefused, StrangeAnswer].some(kind => error instanceof kind)
}

const ask = (
  host: Host,
  script: string,
  args: readonly string[],
  what: string,
  stdin?: Uint8Array,
  signal?: AbortSignal,
): Promise<StepAnswer> => answered(host, script, args, what, readStepAnswer, stdin, signal)

async function answered<T>(
  host: Host,
  script: string,
  args: readonly string[],
  what: string,
  read: (printed: string) => T,
  stdin?: Uint8Array,
  signal?: AbortSignal,
): Promise<T> {
  const limits = { within: askWithin, ...(signal ? { signal } : {}), ...(stdin ? { stdin } : {}) }
  const ran = await host.run(script, { as: 'root', args, ...limits })
  if (ran.exit !== 0) throw new ScriptFailed(host.name, ran.exit, ran.stderr, what)
  try {
    return read(ran.stdout)
  } catch (cause) {
    throw new StrangeAnswer(host.name, { what: `${what} on ${host.name} gave an answer that makes no sense`, cause })
  }
}

function exports(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_]\w*$/.test(name)) throw new RangeError(`'${name}' is no name of a variable`)
      return `export ${name}=${quote(value)}\n`
    })
    .join('')
}

function lineSayer(say: (line: string) => void): { take(chunk: Buffer): void; end(): readonly string[] } {
  const decoder = new StringDecoder('utf8')
  const tail: string[] = []
  let open = ''
  const tell = (line: string) => {
    say(line)
    tail.push(line)
    if (tail.length > tailLines) tail.shift()
  }
  return {
    take(chunk) {
      const [...whole] = (open + decoder.write(chunk)).split('\n')
      open = whole.pop() ?? ''
      for (const line of whole) tell(line)
    },
    end() {
      const last = open + decoder.end()
      if (last) tell(last)
      return tail
    },
  }
}
