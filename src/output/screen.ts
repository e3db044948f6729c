// Draws rows on a terminal with listr2's own tasks and default renderer.
//
// listr2 wants to run its tasks: each is a function that ends once, in the order of its list. A run is driven by the engine:
// its gates may be asked again on resume, its lanes begin in an order chosen on the way, and there may be ten thousand of them.
// So no task is ever run here. The tasks are a view: each frame sets their titles, states and subtasks from the rows, place by
// place, so that there are never more tasks than rows, and listr2 draws them.
import {
  DefaultRenderer,
  type ListrDefaultRendererTask,
  ListrEventManager,
  ListrLogger,
  ProcessOutput,
  Spinner,
} from 'listr2'
import { wrap } from '../plan/wrap.ts'
import { oneLine } from './one-line.ts'
import type { Picture } from './rows.ts'
import { colouring, icons } from './screen-style.ts'
import { place } from './screen-tasks.ts'

/** Milliseconds between two frames. */
const frame = 200

class SlowSpinner extends Spinner {
  override start(draw?: () => void): void {
    super.start(draw, frame)
  }
}

/** Leaves the stream as it is: nothing else writes to it during a run, and what did would only be lost if the process died. */
class Terminal extends ProcessOutput {
  override hijack(): void {
    this.toStdout('\u001b[?25l', false)
  }
  override release(): void {
    this.toStdout('\u001b[?25h', false)
  }
}

/** Empties the screen: after a resize terminals disagree on where the lines of the last frame went. */
const emptyScreen = '\u001b[2J\u001b[H'

/** Lines that listr2 cuts itself. */
const endless = Number.POSITIVE_INFINITY

export interface ScreenOptions {
  readonly colours: boolean
  /** What there is to see now; asked before each frame. */
  look(): Picture
  /** Drawing failed; it is not tried again. */
  failed(error: unknown): void
}

export class Screen extends DefaultRenderer {
  readonly #tasks: ListrDefaultRendererTask[]
  readonly #stream: NodeJS.WriteStream
  readonly #options: ScreenOptions
  #columns: number
  readonly #isLast: boolean
  #isDrawn = false

  /** `last`: drawn once, whole, and left on the terminal; else drawn again and again, cut to the width, and removed at the end. */
  constructor(stream: NodeJS.WriteStream, options: ScreenOptions, last: boolean) {
    const tasks: ListrDefaultRendererTask[] = []
    super(
      tasks,
      {
        formatOutput: last ? 'wrap' : 'truncate',
        lazy: last,
        clearOutput: !last,
        spinner: new SlowSpinner(),
        logger: new ListrLogger({ useIcons: true, processOutput: new Terminal(stream, stream) }),
        icon: icons,
        color: colouring(options.colours),
      },
      new ListrEventManager(),
    )
    this.#tasks = tasks
    this.#stream = stream
    this.#options = options
    this.#isLast = last
    this.#columns = stream.columns
  }

  override async render(): Promise<void> {
    await super.render()
    this.#isDrawn = true
  }

  /** Once; nothing is drawn after it. */
  override end(): void {
    if (this.#isDrawn) super.end()
    this.#isDrawn = false
  }

  override update(): void {
    try {
      if (this.#stream.columns !== this.#columns) this.#stream.write(emptyScreen)
      this.#columns = this.#stream.columns
      super.update()
    } catch (error) {
      this.#options.failed(error)
    }
  }

  override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
    const { head, rows, foot }: Picture = this.#options.look()
    place(this.#tasks, rows, this.#isLast ? this.#stream.columns - 6 : endless)
    const line = (text: string): string[] => this.format(oneLine(text), '', 0)
    const whole = (text: string): string[] => wrap(oneLine(text), this.#stream.columns - 2).flatMap(line)
    return [...head.flatMap(line), super.create(options), ...foot.flatMap(whole)].join('\n')
  }
}
