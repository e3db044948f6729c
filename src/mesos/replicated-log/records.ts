// Reads the records of Mesos' replicated log: Paxos metadata and actions, and the operations on variables inside appends.
// Facts: apache/mesos src/messages/log.proto, src/messages/state.proto, src/log/leveldb.cpp (keys).
import { LogDamage, type Place } from './damage.ts'
import type { LiveValue } from './leveldb/directory.ts'
import { WireMessage } from './protobuf.ts'

/** `EMPTY` and `STARTING` replicas know nothing yet, `RECOVERING` ones are catching up. Only `VOTING` ones take part. */
export type Status = 'VOTING' | 'RECOVERING' | 'STARTING' | 'EMPTY'

const statuses: readonly (Status | undefined)[] = [undefined, 'VOTING', 'RECOVERING', 'STARTING', 'EMPTY']

export interface Metadata {
  readonly kind: 'metadata'
  readonly status: Status
  /** The highest implicit promise given. */
  readonly promised: bigint
}

/** What an action does; `undefined` inside an Action: promised only, nothing accepted yet. */
type Deed =
  | { readonly type: 'NOP'; readonly tombstone: boolean }
  | { readonly type: 'APPEND'; readonly bytes: Uint8Array }
  | { readonly type: 'TRUNCATE'; readonly to: number }

export interface Action {
  readonly kind: 'action'
  readonly position: number
  readonly promised: bigint
  readonly performed: bigint | undefined
  /** Known to be chosen by a quorum. */
  readonly learned: boolean
  readonly deed: Deed | undefined
  readonly place: Place
}

export type Operation =
  | { readonly type: 'SNAPSHOT'; readonly name: string; readonly uuid: string; readonly value: Uint8Array }
  | { readonly type: 'EXPUNGE'; readonly name: string }

/** The key of the metadata record. */
const metadataKey = '0000000000'

/** The key of an action: position + 1, ten digits, and from 10,000,000,000 on (MESOS-10186) `A` and twenty. */
function keyOf(position: number): string {
  const shown = String(position + 1)
  return shown.length <= 10 ? shown.padStart(10, '0') : `A${shown.padStart(20, '0')}`
}

/** @throws LogDamage when the record breaks a rule every Mesos master keeps */
export function readRecord(key: string, { value, place }: LiveValue): Metadata | Action {
  const record = new WireMessage(value, `record ${JSON.stringify(key)}`, place)
  const type = record.required(record.varint(1), 'type')
  switch (type) {
    case 1n: {
      // Before Mesos had catch-up: no status, so the replica votes (apache/mesos src/log/leveldb.cpp).
      const promise = record.required(record.message(2, 'promise'), 'promise')
      expectKey(key, metadataKey, place)
      return { kind: 'metadata', status: 'VOTING', promised: promise.required(promise.varint(1), 'proposal') }
    }
    case 2n: {
      const action = readAction(record.required(record.message(3, 'action'), 'action'))
      expectKey(key, keyOf(action.position), place)
      return action
    }
    case 3n:
      expectKey(key, metadataKey, place)
      return readMetadata(record.required(record.message(4, 'metadata'), 'metadata'))
    default:
      throw new LogDamage(place, `${record.name} is of the unknown type ${type}`)
  }
}

function readMetadata(message: WireMessage): Metadata {
  const number = message.required(message.varint(1), 'status')
  const status = statuses[Number(number)]
  if (!status) throw new LogDamage(message.place, `${message.name} has the unknown status ${number}`)
  return { kind: 'metadata', status, promised: message.required(message.varint(2), 'promised') }
}

function readAction(message: WireMessage): Action {
  const promised = message.required(message.varint(2), 'promised')
  const performed = message.varint(3)
  const deed = readDeed(message)
  const learned = (message.varint(4) ?? 0n) !== 0n
  const broken =
    (performed === undefined) !== (deed === undefined)
      ? 'has a type and was not performed, or the other way round'
      : learned && performed === undefined
        ? 'was learned and never performed'
        : performed !== undefined && performed > promised
          ? `was performed for proposal ${performed}, above the promised ${promised}`
          : undefined
  if (broken) throw new LogDamage(message.place, `${message.name} ${broken}`)
  return {
    kind: 'action',
    position: readPosition(message, 1, 'position'),
    promised,
    performed,
    learned,
    deed,
    place: message.place,
  }
}

function readDeed(message: WireMessage): Deed | undefined {
  const type = message.varint(5)
  switch (type) {
    case undefined:
      return undefined
    case 1n:
      return { type: 'NOP', tombstone: (message.message(6, 'nop')?.varint(1) ?? 0n) !== 0n }
    case 2n: {
      const append = message.required(message.message(7, 'append'), 'append')
      return { type: 'APPEND', bytes: append.required(append.bytes(1), 'bytes') }
    }
    case 3n:
      return {
        type: 'TRUNCATE',
        to: readPosition(message.required(message.message(8, 'truncate'), 'truncate'), 1, 'to'),
      }
    default:
      throw new LogDamage(message.place, `${message.name} is of the unknown type ${type}`)
  }
}

function readPosition(message: WireMessage, number: number, field: string): number {
  const position = message.required(message.varint(number), field)
  if (position >= BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new LogDamage(message.place, `${message.name}: ${field} ${position} cannot be a position`)
  }
  return Number(position)
}

function expectKey(key: string, wanted: string, place: Place): void {
  if (key !== wanted) throw new LogDamage(place, `stands under the key ${JSON.stringify(key)}, ${wanted} was expected`)
}

/**
 * Reads what an append does to a variable. DIFF is refused by name: masters write every state whole (apache/mesos src/master/main.cpp
 * makes its LogStorage with 0 diffs between snapshots), so there is nothing to check a decoder of ours against.
 *
 * @throws LogDamage
 */
export function readOperation(bytes: Uint8Array, name: string, place: Place): Operation {
  const message = new WireMessage(bytes, name, place)
  const type = message.required(message.varint(1), 'type')
  switch (type) {
    case 1n: {
      const snapshot = message.required(message.message(2, 'snapshot'), 'snapshot')
      const entry = snapshot.required(snapshot.message(1, 'entry'), 'entry')
      return {
        type: 'SNAPSHOT',
        name: entry.required(entry.text(1), 'name'),
        uuid: uuidText(entry.required(entry.bytes(2), 'uuid'), entry),
        value: entry.required(entry.bytes(3), 'value'),
      }
    }
    case 2n: {
      const expunge = message.required(message.message(3, 'expunge'), 'expunge')
      return { type: 'EXPUNGE', name: expunge.required(expunge.text(1), 'name') }
    }
    case 3n:
      throw new LogDamage(place, `${name} is a DIFF, which dcosctl does not read (Mesos masters never write one)`)
    default:
      throw new LogDamage(place, `${name} is of the unknown type ${type}`)
  }
}

function uuidText(bytes: Uint8Array, entry: WireMessage): string {
  if (bytes.length !== 16) throw new LogDamage(entry.place, `${entry.name}: the uuid has ${bytes.length} bytes, not 16`)
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
