// A writer that keeps a lab's ZooKeeper busy from one of its masters, and what it got acknowledged when.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { until } from '../lab/deadline.ts'
import type { Lab } from '../lab/lab.ts'
import { onNode } from './lab-cluster.ts'
import type { WriterNote } from './zookeeper-writer.ts'

const unit = 'lab-zookeeper-writer'
const notesFile = 'var/lib/lab/zookeeper-writer'
const note: z.ZodType<WriterNote> = z.object({ at: z.number(), acknowledged: z.number(), failed: z.number() })

export interface Writing {
  /** Oldest first. */
  notes(): readonly WriterNote[]
  /** Ends once none is under way. */
  pause(): Promise<void>
  /** Ends once so many more are acknowledged as one second brings. */
  goOn(): Promise<void>
  stop(): Promise<void>
}

/** Ends once the writer has its first thousand writes acknowledged. */
export async function writeToZookeeper(lab: Lab, master: string, perSecond: number): Promise<Writing> {
  const program = '/opt/lab/bin/node /opt/lab/repo/test/end-to-end/zookeeper-writer.ts'
  await onNode(
    lab,
    master,
    `systemd-run --quiet --unit=${unit} ${program} ${lab.node(master).address}:2181 ${perSecond} /${notesFile}`,
  )
  const path = join(lab.node(master).disk, notesFile)
  const notes = () =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map(line => note.parse(JSON.parse(line)))
  await until('a thousand writes acknowledged', 30, () => notesOrNone(notes).some(each => each.acknowledged > 1000))
  const signal = (name: string) => onNode(lab, master, `systemctl kill --signal=${name} ${unit}`)
  const acknowledged = () => notes().at(-1)?.acknowledged ?? 0
  const pause = async () => {
    await signal('SIGUSR1')
    await until('the writer to be silent', 30, () => notes().at(-1)?.acknowledged === notes().at(-5)?.acknowledged)
  }
  const goOn = async () => {
    const before = acknowledged()
    await signal('SIGUSR2')
    await until('a second of writes acknowledged', 30, () => acknowledged() >= before + perSecond)
  }
  return { notes, pause, goOn, stop: async () => void (await onNode(lab, master, `systemctl stop ${unit}`)) }
}

function notesOrNone(notes: () => readonly WriterNote[]): readonly WriterNote[] {
  try {
    return notes()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** How many writes a second were acknowledged between two times (milliseconds since 1970). */
export function rateBetween(notes: readonly WriterNote[], from: number, to: number): number {
  const [first, last] = [at(notes, from), at(notes, to)]
  return ((last.acknowledged - first.acknowledged) / (last.at - first.at)) * 1000
}

/** The last note before a time. */
export function at(notes: readonly WriterNote[], time: number): WriterNote {
  const found = notes.findLast(each => each.at <= time)
  if (!found) throw new Error(`no note of the writer is older than ${new Date(time).toISOString()}`)
  return found
}
