// What one replica of a replicated log knows: its Paxos state and the variables in it, from the files of its LevelDB directory.
import { LogDamage } from './damage.ts'
import { type Files, type LevelDb, readLevelDb } from './leveldb/directory.ts'
import type { TornTail } from './leveldb/log-file.ts'
import { type Action, type Metadata, readOperation, readRecord, type Status } from './records.ts'

/** A replica behind by more is not described position by position. */
const mostHoles = 100_000

/** A variable as the last learned SNAPSHOT left it. */
export interface Variable {
  /** New with every change, so that it names a version. */
  readonly uuid: string
  readonly value: Uint8Array
  /** Where in the log it was written. */
  readonly position: number
}

export interface Replica {
  readonly status: Status
  readonly promised: bigint
  /** First and last position; both 0 in a log that was never written. */
  readonly begin: number
  readonly end: number
  /** Positions of [begin, end] this replica knows nothing of. */
  readonly holes: readonly number[]
  /** Positions with a promise or a value not known to be chosen. */
  readonly unlearned: readonly number[]
  readonly variables: ReadonlyMap<string, Variable>
  /** Writes under way when the files were taken. */
  readonly tornTails: readonly TornTail[]
}

/**
 * Reads and checks a whole replica: every checksum, every record, every learned append.
 *
 * @throws LogDamage naming the file and the place
 */
export function readReplica(files: Files): Replica {
  return replicaOf(readLevelDb(files))
}

function replicaOf({ values, tornTails }: LevelDb): Replica {
  const records = [...values].map(([key, live]) => readRecord(key, live))
  const metadata = records.find(record => record.kind === 'metadata')
  if (!metadata)
    throw new LogDamage({ file: 'CURRENT' }, 'leads to a database without the metadata record of a replicated log')
  const actions = records.filter(record => record.kind === 'action')

  const begin = actions.reduce((highest, action) => Math.max(highest, truncatesTo(action)), 0)
  const end = actions.reduce((highest, action) => Math.max(highest, action.position), 0)
  return {
    ...stateOf(metadata),
    begin,
    end,
    holes: holesIn(actions, begin, end),
    unlearned: actions.filter(action => !action.learned && action.position >= begin).map(action => action.position),
    variables: fold(actions.filter(action => action.learned && action.position >= begin)),
    tornTails,
  }
}

function stateOf({ status, promised }: Metadata): Pick<Replica, 'status' | 'promised'> {
  return { status, promised }
}

/** The first position that remains after this action (apache/mesos src/log/leveldb.cpp, restore). */
function truncatesTo({ learned, position, deed }: Action): number {
  if (!learned) return 0
  if (deed?.type === 'TRUNCATE') return deed.to
  return deed?.type === 'NOP' && deed.tombstone ? position + 1 : 0
}

function holesIn(actions: readonly Action[], begin: number, end: number): number[] {
  const holes: number[] = []
  let next = begin
  const reach = (position: number, place: { readonly file: string; readonly offset?: number }) => {
    if (holes.length + position - next > mostHoles) {
      throw new LogDamage(place, `more than ${mostHoles} positions are unknown before position ${position}`)
    }
    for (; next < position; next++) holes.push(next)
  }
  for (const { position, place } of actions) {
    if (position < begin) continue
    reach(position, place)
    next = position + 1
  }
  reach(end + 1, actions.at(-1)?.place ?? { file: 'CURRENT' })
  return holes
}

function fold(learned: readonly Action[]): Map<string, Variable> {
  const variables = new Map<string, Variable>()
  for (const { position, deed, place } of learned) {
    if (deed?.type !== 'APPEND') continue
    const operation = readOperation(deed.bytes, `append at position ${position}`, place)
    if (operation.type === 'EXPUNGE') variables.delete(operation.name)
    else variables.set(operation.name, { uuid: operation.uuid, value: operation.value, position })
  }
  return variables
}
