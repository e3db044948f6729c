// Appends events to an open file: what comes while an fsync runs shares the next one.
import type { RunEvent } from './events.ts'
import { encodeRecord } from './journal.ts'
import type { Clock, Journal } from './ports.ts'

/** What is needed of an open file. */
export interface AppendedFile {
  appendFile(data: string): Promise<void>
  sync(): Promise<void>
}

/**
 * A journal at the end of `file`, whose last record has the number `lastSeq`. After one failed write or fsync all further
 * appends reject with the same error: what is on disk after that is not known, so nothing may build on it.
 */
export function groupCommit(file: AppendedFile, lastSeq: number, clock: Pick<Clock, 'now'>): Journal {
  let seq = lastSeq
  let queued = ''
  let next: Promise<void> | undefined
  let current: Promise<void> = Promise.resolve()

  async function commit(): Promise<void> {
    await current // rejects for ever once a commit failed
    const lines = queued
    queued = ''
    current = Promise.resolve(next)
    next = undefined
    await file.appendFile(lines)
    await file.sync()
  }

  return {
    async append(events: readonly RunEvent[]): Promise<void> {
      const at = clock.now().toISOString()
      for (const event of events) queued += encodeRecord({ seq: ++seq, at, event })
      next ??= commit()
      await next
    },
  }
}
