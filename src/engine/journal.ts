// The journal's records: one JSON line each, numbered and summed. Pure; the file is in journal-file.ts.
import { createHash } from 'node:crypto'
import { DcosctlError } from '../errors.ts'
import { runEvent } from './event-schema.ts'
import type { RunEvent } from './events.ts'

/** Version of the record format; readers refuse what they do not know. */
const version = 1

export interface JournalRecord {
  /** From 1, without gaps. */
  readonly seq: number
  /** When it was written, ISO 8601 in UTC. */
  readonly at: string
  readonly event: RunEvent
}

/** A record that was whole once and is not any more. What stands before it can be read and is given along. */
export class DamagedJournal extends DcosctlError {
  readonly readable: readonly JournalRecord[]

  constructor(where: string, line: number, what: string, readable: readonly JournalRecord[]) {
    super('PAUSED_DOUBT', {
      what: `${where} is damaged at line ${line}: ${what}. ${readable.length} records before it can be read.`,
      state: 'The journal was left as it is. What the run did after that line is not known here; the cluster knows it.',
      next: [
        'dcosctl run abandon    brings back what the readable part says is down',
        'then start a new run: it recognises what is already done',
      ],
    })
    this.readable = readable
  }
}

/** A journal written in a later format, or with events this dcosctl does not know. */
export class UnknownJournalFormat extends DcosctlError {
  constructor(where: string, what: string) {
    super('REFUSED', {
      what: `${where} ${what}.`,
      state: 'Nothing was changed.',
      next: ['go on with the dcosctl that wrote it'],
    })
  }
}

/** One line, with its newline. The sum is the SHA-256 of the line as it would be without it. */
export function encodeRecord(record: JournalRecord): string {
  const body = JSON.stringify({ v: version, seq: record.seq, at: record.at, event: record.event })
  return `${body.slice(0, -1)},"sum":"${sumOf(body)}"}\n`
}

/** What stands in a journal, and how many bytes of it: what follows them is a last line that was not completed. */
export interface ReadJournal {
  readonly records: readonly JournalRecord[]
  readonly wholeBytes: number
}

/**
 * Reads a journal. A torn last line was never acknowledged and is left out. Throws `DamagedJournal` or `UnknownJournalFormat`.
 * `where` names it in errors.
 */
export function decodeJournal(bytes: Uint8Array, where: string): ReadJournal {
  const records: JournalRecord[] = []
  let at = 0
  for (;;) {
    const end = bytes.indexOf(newline, at)
    if (end === -1) return { records, wholeBytes: at }
    const line = new TextDecoder().decode(bytes.subarray(at, end))
    if (line.includes(unwritten) && bytes.indexOf(newline, end + 1) === -1) return { records, wholeBytes: at }
    records.push(decodeRecord(line, records, where))
    at = end + 1
  }
}

const newline = 0x0a
/** A block that a power cut left unwritten before one that was written reads as zeros; none is smaller than a disk's sector. */
const unwritten = '\0'.repeat(512)
const summed = /^(.*),"sum":"([0-9a-f]{64})"\}$/s

function decodeRecord(line: string, before: readonly JournalRecord[], where: string): JournalRecord {
  const seq = before.length + 1
  const damaged = (what: string): DamagedJournal => new DamagedJournal(where, seq, what, before)

  const [, rest, sum] = summed.exec(line) ?? []
  const intact = rest !== undefined && sum === sumOf(`${rest}}`)
  const record = parsed(line)
  if (record && 'v' in record && record.v !== version && (intact || seq === 1))
    throw new UnknownJournalFormat(
      where,
      `is written in format ${String(record.v)} (line ${seq}); this dcosctl reads format ${version}`,
    )
  if (!record || !intact) throw damaged('its checksum does not fit')
  if (!('seq' in record) || record.seq !== seq) throw damaged(`record ${seq} is missing`)
  if (!('at' in record) || typeof record.at !== 'string') throw damaged('it bears no time')

  const event = runEvent.safeParse('event' in record ? record.event : undefined)
  if (!event.success)
    throw new UnknownJournalFormat(
      where,
      `holds an event this dcosctl does not know (line ${seq}: ${event.error.message})`,
    )
  if ((seq === 1) !== (event.data.event === 'run-started')) throw damaged('run-started stands first and only there')
  return { seq, at: record.at, event: event.data }
}

function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function sumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}
