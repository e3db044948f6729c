// What an event says in one line, and where it happened. Pure.
import type { Told } from '../engine/events.ts'
import type { PartId } from '../plan/types.ts'
import { beside, type Named, titleAnd } from './titles.ts'

export interface Sentence {
  /** A node, a stage, or the run itself. */
  readonly where: string
  readonly text: string
}

/** Where what the run says of itself happens. */
const theRun = 'run'

/** Undefined for what only a redrawn screen needs. */
export function sentence(event: Told, titles: ReadonlyMap<PartId, Named>): Sentence | undefined {
  const run = (text: string): Sentence => ({ where: theRun, text })
  const at = (part: PartId, say: (title: string) => string): Sentence => {
    const { title, stage, lane } = titles.get(part) ?? { title: part, stage: theRun }
    return { where: lane?.node ?? stage, text: say(title) }
  }
  const bare = (part: PartId, text: string): string => {
    const node = titles.get(part)?.lane?.node
    return node === undefined ? text : beside(node, text)
  }

  switch (event.event) {
    case 'run-started':
      return run(`${event.plan.title} (run ${event.run}, by ${event.by.user} on ${event.by.host})`)
    case 'run-resumed':
      return run(`resumed by ${event.by.user} on ${event.by.host}`)
    case 'step-started':
      return at(event.part, title => `> ${title}`)
    case 'step-finished':
      return at(event.part, title => `+ ${titleAnd(title, bare(event.part, event.evidence))}`)
    case 'step-failed':
      return at(event.part, title => `! ${title} failed: ${event.error}`)
    case 'brought-back':
      return at(event.part, title => `+ brought back, ${title}: ${event.evidence}`)
    case 'gate-unwell': {
      const { saw, wanted } = event.verdict
      return at(event.part, title => `? ${title}: ${bare(event.part, saw)} (wanted: ${wanted})`)
    }
    case 'gate-passed': {
      const { well, saw } = event.verdict
      if (!well) return at(event.part, title => `! ${title}: let pass, although ${bare(event.part, saw)}`)
      return at(event.part, title => `+ ${titleAnd(title, bare(event.part, saw))}`)
    }
    case 'lane-started':
      return { where: event.node, text: `= begins: ${event.because}` }
    case 'lane-finished':
      return { where: event.node, text: '= done' }
    case 'lane-stopped':
      return { where: event.node, text: `! stopped: ${beside(event.node, event.stop.reason)}` }
    case 'soaked':
      return at(event.rolling, title => `= ${title}: the canaries are well`)
    case 'held':
      return { where: event.node, text: `= held by ${event.by}: ${event.reason}` }
    case 'released':
      return { where: event.node, text: `= released by ${event.by}` }
    case 'overridden':
      return at(event.part, title => `! ${title}: overridden by ${event.by}: ${event.reason}`)
    case 'resolved':
      return at(event.part, title => `! ${title}: ${event.as}, says ${event.by}: ${event.reason}`)
    case 'run-paused':
      return run(`! paused: ${event.stop.reason}`)
    case 'run-failed':
      return run(`! ended without its result: ${event.stop.reason}`)
    case 'run-finished':
      return run('+ finished')
    case 'run-abandoned':
      return run(`! abandoned by ${event.by}: ${event.reason}`)
    case 'said':
      return at(event.part, () => `    ${bare(event.part, event.text)}`)
    case 'waiting':
      return at(event.part, () => `    ${event.text}`)
    case 'stopping':
      return run(`! ${event.text}`)
    case 'gate-asked':
      return undefined
  }
}
