// Rows as listr2 tasks that are never run.
import { Listr, type ListrDefaultRendererTask, ListrTaskState } from 'listr2'
import { wrap } from '../plan/wrap.ts'
import type { Mark, Row } from './marks.ts'
import { oneLine } from './one-line.ts'

const stateOf: { readonly [M in Mark]: ListrTaskState } = {
  'not-begun': ListrTaskState.WAITING,
  'under-way': ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  stopped: ListrTaskState.FAILED,
  stands: ListrTaskState.CANCELLED,
}

/** Makes the tasks say what the rows say, in lines of at most so many columns; two fewer for each level. */
export function place(tasks: ListrDefaultRendererTask[], rows: readonly Row[], columns: number): void {
  tasks.length = Math.min(tasks.length, rows.length)
  rows.forEach(({ mark, lines, rows: inner }, index) => {
    const task = tasks[index] ?? newTask()
    tasks[index] = task
    task.title = lines.flatMap(line => wrap(oneLine(line), columns)).join('\n')
    task.state = stateOf[mark]
    task.subtasks ??= []
    place(task.subtasks, inner, columns - 2)
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
