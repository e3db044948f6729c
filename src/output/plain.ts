// A line per event, for logs and for terminals that can't be redrawn: when (UTC), which node or stage, what.
// `>` begins, `+` done and well, `?` not well yet, `=` about a lane, `!` needs eyes; what a step says is indented.
import type { Told } from '../engine/events.ts'
import type { PartId } from '../plan/types.ts'
import { oneLine } from './one-line.ts'
import type { Renderer, Write } from './renderer.ts'
import { sentence } from './sentence.ts'
import { type Named, titlesOf } from './titles.ts'

/** The column of nodes and stages takes no more than this; longer names push their line to the right. */
const widestColumn = 16

export function plain(write: Write): Renderer {
  let titles: ReadonlyMap<PartId, Named> = new Map()
  let column = 0
  let day: string | undefined

  const learn = (event: Told): void => {
    if (event.event !== 'run-started') return
    titles = titlesOf(event.plan)
    const names = [...titles.values()].map(({ lane, stage }) => (lane?.node ?? stage).length)
    column = names.reduce((widest, name) => Math.max(widest, Math.min(name, widestColumn)), column)
  }

  return {
    past: events => events.forEach(learn),
    tell(event) {
      learn(event)
      const said = sentence(event, titles)
      if (!said) return
      const today = event.at.slice(0, 10)
      if (today !== day) write(`${today}, times are UTC\n`)
      day = today
      const text = said.text.startsWith(' ') ? `    ${oneLine(said.text)}` : oneLine(said.text)
      write(`${event.at.slice(11, 19)} ${said.where.padEnd(column)} ${text}\n`)
    },
    close: async () => undefined,
  }
}
