// Fake steps of a fake node: nothing is started. It answers the look, start and follow scripts of node steps from what a test says became of the script.

import { LineDropped } from '../src/ssh/errors.ts'
import type { RunOptions } from '../src/ssh/host.ts'
import { followScript, lookScript, otherAtWorkScript, startScript } from '../src/ssh/step-scripts.ts'
import type { FakeNode } from './fake-node.ts'

export interface FakeStep {
  /** As it came on stdin. */
  readonly script: string
  state: 'running' | 'ended' | 'lost'
  exit: number
  output: string
}

/** What becomes of a script once it is started. */
export interface Script {
  readonly exit: number
  readonly output: string
  /** Carried out when the script ends (or is cut off). */
  effect?(node: FakeNode): void
  /** `cut-off`: the node was started anew under it. `for-ever`: it still runs whenever somebody asks. */
  readonly ends?: 'in-order' | 'cut-off' | 'for-ever'
}

/** Which question is lost on the way: the node has heard it, the answer never comes. */
export type Lost = 'look' | 'start' | 'follow'

export class FakeSteps {
  /** By the step's folder on the node. */
  readonly begun = new Map<string, FakeStep>()
  /** The next answers that are lost, in order. */
  readonly lose: Lost[] = []
  becomes: Script = { exit: 0, output: 'done\n' }

  /** Undefined for a script that has nothing to do with steps. */
  answer(node: FakeNode, script: string, { args = [], stdin }: RunOptions): string | undefined {
    if (script === lookScript) return this.#sent(node, 'look', this.#look(args[0] ?? ''))
    if (script === otherAtWorkScript) return this.#other(args[0] ?? '', args[1] ?? '')
    if (script === startScript) {
      const [base = '', , folder = '', unit = ''] = args
      const busy = this.begun.has(folder) ? '' : this.#other(base, unit)
      if (busy) return this.#sent(node, 'start', busy)
      const start = this.#start(folder, Buffer.from(stdin ?? []).toString('utf8'))
      return this.#sent(node, 'start', `start=${start}\n${this.#look(folder)}`)
    }
    if (script === followScript) return this.#sent(node, 'follow', this.#follow(node, args[0] ?? '', Number(args[2])))
    return undefined
  }

  /** The only script that was begun. */
  get script(): string {
    const [only, ...others] = this.begun.values()
    if (!only || others.length > 0) throw new Error(`${this.begun.size} steps were begun, not one`)
    return only.script
  }

  #sent(node: FakeNode, which: Lost, answer: string): string {
    if (this.lose[0] !== which) return answer
    this.lose.shift()
    throw new LineDropped(node.name, { what: `the line to ${node.name} was dropped` })
  }

  /** Names a running step of another unit, as the node does. */
  #other(base: string, unit: string): string {
    for (const [folder, { state }] of this.begun) {
      const place = folder.slice(base.length + 1)
      const its = `dcosctl-${place.replace('/', '-')}`
      if (state === 'running' && its !== unit) return `busy=${its} ${place} 1800000000\n`
    }
    return ''
  }

  #start(folder: string, script: string): 'begun' | 'found' {
    if (this.begun.has(folder)) return 'found'
    this.begun.set(folder, { script, state: 'running', exit: 0, output: '' })
    return 'begun'
  }

  #follow(node: FakeNode, folder: string, offset: number): string {
    const step = this.begun.get(folder)
    if (step?.state === 'running') this.#goOn(node, step)
    const rest = Buffer.from(step?.output ?? '').subarray(offset)
    return `${this.#look(folder)}${rest.toString('base64')}\n`
  }

  #goOn(node: FakeNode, step: FakeStep): void {
    const { exit, output, effect, ends = 'in-order' } = this.becomes
    step.output = output
    if (ends === 'for-ever') return
    step.exit = exit
    step.state = ends === 'in-order' ? 'ended' : 'lost'
    effect?.(node)
  }

  #look(folder: string): string {
    const step = this.begun.get(folder)
    const lines = [
      'boot=boot-2',
      `ActiveState=${step?.state === 'running' ? 'active' : 'inactive'}`,
      'SubState=running',
    ]
    if (step) {
      lines.push('folder=there', `started=${step.state === 'lost' ? 'boot-1' : 'boot-2'} none 7 1800000000`)
      if (step.state === 'ended') lines.push(`exit=${step.exit}`)
      lines.push(`output=${Buffer.byteLength(step.output)}`)
    }
    return `${lines.join('\n')}\nend=look\n`
  }
}
