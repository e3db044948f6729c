// A line per event, for logs and for terminals that can't be redrawn.
import type { Told } from '../engine/events.ts'
import type { PartId } from '../plan/types.ts'
import type { Renderer, Write } from './renderer.ts'
import { type Named, titlesOf } from './titles.ts'

export function plain(write: Write): Renderer {
  let titles: ReadonlyMap<PartId, Named> = new Map()
  const title = (part: PartId) => titles.get(part)?.title ?? part
  const learn = (event: Told) => {
    if (event.event === 'run-started') titles = titlesOf(event.plan)
  }
  return {
    past: events => events.forEach(learn),
    tell(event) {
      learn(event)
      const text = sentence(event, title)
      if (text !== undefined) write(`${event.at.slice(11, 19)} ${text}\n`)
    },
    close: async () => undefined,
  }
}

/** What an event says in one line; undefined for what only a redrawn screen needs. Shared with `run log`. */
export function sentence(event: Told, title: (part: PartId) => string): string | undefined {
  switch (event.event) {
    case 'run-started':
      return `${event.plan.title} (run ${event.run})`
    case 'run-resumed':
      return `Resumed by ${event.by.user} on ${event.by.host}`
    case 'step-started':
      return `> ${title(event.part)}`
    case 'step-finished':
      return `+ ${title(event.part)}: ${event.found === 'in-place' ? 'was there already; ' : ''}${event.evidence}`
    case 'step-failed':
      return `! ${title(event.part)}: ${event.error}`
    case 'brought-back':
      return `+ brought back: ${title(event.part)}: ${event.evidence}`
    case 'gate-unwell':
      return `? ${title(event.part)}: ${event.verdict.saw} (wanted: ${event.verdict.wanted})`
    case 'gate-passed':
      return `+ ${title(event.part)}: ${event.verdict.saw}`
    case 'lane-started':
      return `= ${event.node}, because ${event.because}`
    case 'lane-finished':
      return `= ${event.node} is done`
    case 'lane-stopped':
      return `! ${event.node} stopped: ${event.stop.reason}`
    case 'soaked':
      return '= the canaries are well'
    case 'held':
      return `= ${event.node} is held by ${event.by}: ${event.reason}`
    case 'released':
      return `= ${event.node} is released by ${event.by}`
    case 'overridden':
      return `! ${title(event.part)} is overridden by ${event.by}: ${event.reason}`
    case 'resolved':
      return `! ${title(event.part)} is resolved as ${event.as} by ${event.by}: ${event.reason}`
    case 'run-paused':
      return `! Paused: ${event.stop.reason}`
    case 'run-failed':
      return `! Ended without its result: ${event.stop.reason}`
    case 'run-finished':
      return '+ Finished'
    case 'run-abandoned':
      return `! Abandoned by ${event.by}: ${event.reason}`
    case 'said':
      return `  ${title(event.part)}: ${event.text}`
    case 'waiting':
      return `  waiting: ${event.text}`
    case 'stopping':
      return `! ${event.text}`
    case 'gate-asked':
      return undefined
  }
}
