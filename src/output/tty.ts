// A redrawn screen for people: stages, their parts, and the lanes under way. Follows what is told, never steers.
import type { Told } from '../engine/events.ts'
import { because } from '../errors.ts'
import { plain } from './plain.ts'
import type { Renderer } from './renderer.ts'
import { picture } from './rows.ts'
import { Screen } from './screen.ts'
import { type Watch, watch } from './watch.ts'
import { writeTo } from './write-to.ts'

/** What a screen takes from its surroundings. */
export interface Surroundings {
  now(): Date
  readonly environment: NodeJS.ProcessEnv
}

const real: Surroundings = { now: () => new Date(), environment: process.env }

/** The last screen scrolls away like any text: it may be as high as it is. */
const endless = Number.POSITIVE_INFINITY

/**
 * Never throws, whatever the terminal does: a display that fails goes on as a line per event, and a terminal that is gone
 * (the window was closed, the connection dropped) is left alone. The run goes on; its journal has everything.
 */
export function tty(stream: NodeJS.WriteStream, { now, environment }: Surroundings = real): Renderer {
  let first: Extract<Told, { event: 'run-started' }> | undefined
  let watching: Watch | undefined
  let drawing: Promise<void> | undefined
  let state: 'drawn' | 'lines' | 'gone' | 'closed' = 'drawn'
  const write = writeTo(stream)
  const lines = plain(write)

  const screen = (last: boolean): Screen =>
    new Screen(
      stream,
      {
        colours: stream.hasColors(16, environment),
        look: () =>
          watching
            ? picture(watching, last ? endless : stream.rows, now().getTime())
            : { head: [], rows: [], foot: [] },
        failed: drawLines,
      },
      last,
    )
  const live = screen(false)

  const showCursor = (): void => write('\u001b[?25h')
  stream.on('error', () => {
    if (state === 'gone') return
    state = 'gone'
    live.end()
  })

  function drawLines(error: unknown): void {
    if (state !== 'drawn') return
    state = 'lines'
    live.end()
    write(`The display failed; from here on a line per event. ${because(error)}\n`)
    if (first) lines.past([first])
  }

  function hear(event: Told): void {
    if (event.event === 'run-started') {
      first = event
      watching = watch(event)
    } else watching?.hear(event)
  }

  function draw(): void {
    if (drawing || !watching) return
    process.once('exit', showCursor)
    drawing = live.render().catch(drawLines)
  }

  return {
    past(events) {
      events.forEach(hear)
      draw()
    },
    tell(event) {
      if (state === 'lines') lines.tell(event)
      if (state !== 'drawn') return
      hear(event)
      draw()
    },
    async close() {
      await drawing
      process.off('exit', showCursor)
      live.end()
      if (state !== 'drawn' || !drawing) return
      try {
        const last = screen(true)
        await last.render()
        last.end()
        state = 'closed'
      } catch (error) {
        drawLines(error)
      }
    },
  }
}
