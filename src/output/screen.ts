// Draws rows on a terminal with listr2's own tasks and default renderer.
//
// listr2 wants to run its tasks: each is a function that ends once, in the order of its list. A run is driven by the engine:
// its gates may be asked again on resume, its lanes begin in an order chosen on the way, and there may be ten thousand of them.
// So no task is ever run here. The tasks are a view: each frame sets their titles, states and subtasks from the rows, place by
// place, so that there are never more tasks than rows, and listr2 draws them.
import { styleText } from 'node:util'
import {
  DefaultRenderer,
  ListrDefaultRendererLogLevels as Icon,
  Listr,
  type ListrDefaultRendererOptions,
  type ListrDefaultRendererTask,
  ListrEventManager,
  ListrLogger,
  ListrTaskState,
  ProcessOutput,
  Spinner,
} from 'listr2'
import type { Mark, Row } from './marks.ts'
import { oneLine } from './one-line.ts'
import type { Picture } from './rows.ts'

const stateOf: { readonly [M in Mark]: ListrTaskState } = {
  'not-begun': ListrTaskState.WAITING,
  'under-way': ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  stopped: ListrTaskState.FAILED,
  stands: ListrTaskState.CANCELLED,
}

const icons: NonNullable<ListrDefaultRendererOptions['icon']> = {
  [Icon.WAITING]: '·',
  [Icon.FAILED_WITH_FAILED_SUBTASKS]: '✖',
  [Icon.COMPLETED_WITH_FAILED_SUBTASKS]: '✔',
  [Icon.CANCELLED]: '‖',
}

type Colour = Parameters<typeof styleText>[0]

/** listr2's own colours ask whether stdout is a terminal; this screen is on stderr. */
const colours: { readonly [I in Icon]?: Colour } = {
  [Icon.PENDING]: 'yellow',
  [Icon.COMPLETED]: 'green',
  [Icon.FAILED]: 'red',
  [Icon.FAILED_WITH_FAILED_SUBTASKS]: 'red',
  [Icon.CANCELLED]: 'yellow',
  [Icon.WAITING]: 'dim',
}

const colouring = (wanted: boolean): NonNullable<ListrDefaultRendererOptions['color']> =>
  Object.fromEntries(
    Object.values(Icon).map(icon => {
      const colour = wanted ? colours[icon] : undefined
      return [icon, (text = '') => (colour ? styleText(colour, text, { validateStream: false }) : text)]
    }),
  )

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
    place(this.#tasks, rows)
    const line = (text: string): string[] => this.format(oneLine(text), '', 0)
    const whole = (text: string): string[] => broken(oneLine(text), this.#stream.columns - 2).flatMap(line)
    return [...head.flatMap(line), super.create(options), ...foot.flatMap(whole)].join('\n')
  }
}

/** In lines of at most so many columns, broken at spaces. */
function broken(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Makes the tasks say what the rows say. */
function place(tasks: ListrDefaultRendererTask[], rows: readonly Row[]): void {
  tasks.length = Math.min(tasks.length, rows.length)
  rows.forEach(({ mark, lines, rows: inner }, index) => {
    const task = tasks[index] ?? newTask()
    tasks[index] = task
    task.title = lines.map(oneLine).join('\n')
    task.state = stateOf[mark]
    task.subtasks ??= []
    place(task.subtasks, inner)
  })
}

/** A task that is never run. */
function newTask(): ListrDefaultRendererTask {
  const list = new Listr<unknown, 'default', 'silent'>([{ title: '', task: () => undefined }], {
    registerSignalListeners: false,
    exitOnError: false,
  })
  const [task] = list.tasks
  if (!task) throw new Error('listr2 made no task')
  task.isEnabled = () => true
  return task
}
