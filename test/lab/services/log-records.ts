// Records of a Mesos replicated log as bytes and back. Layout: apache/mesos src/log/leveldb.cpp, src/messages/log.proto.
import { randomUUID } from 'node:crypto'
import { type JsonObject, numberAt, objectAt, textAt } from './json.ts'
import { operation, record } from './mesos-messages.ts'
import { decode, encode, type MessageType } from './protobuf.ts'

export type ReplicaStatus = 'EMPTY' | 'STARTING' | 'RECOVERING' | 'VOTING'
export type Metadata = { readonly status: ReplicaStatus; readonly promised: number }
export type Body =
  | { readonly type: 'NOP' }
  | { readonly type: 'APPEND'; readonly bytes: Buffer }
  | { readonly type: 'TRUNCATE'; readonly to: number }
export type Action = {
  readonly position: number
  readonly promised: number
  readonly performed: number
  readonly learned: boolean
  readonly body: Body
}

export const metadataKey = '0000000000'
/** Position + 1 in ten digits (before MESOS-10186, so in every DC/OS). */
export const keyOf = (position: number): string => String(position + 1).padStart(10, '0')

export function encodeMetadata(metadata: Metadata): Buffer {
  return encode(record, { type: 'METADATA', metadata })
}

export function encodeAction({ position, promised, performed, learned, body }: Action): Buffer {
  const what: JsonObject =
    body.type === 'APPEND'
      ? { append: { bytes: body.bytes.toString('base64') } }
      : body.type === 'TRUNCATE'
        ? { truncate: { to: body.to } }
        : { nop: {} }
  return encode(record, {
    type: 'ACTION',
    action: { position, promised, performed, learned, type: body.type, ...what },
  })
}

/** Throws for bytes that are no log record, or one that a master never writes. */
export function decodeRecord(bytes: Buffer): { metadata: Metadata } | { action: Action } {
  const found = decode(record, bytes)
  if (textAt(found, 'type') === 'METADATA') {
    const metadata = objectAt(found, 'metadata')
    return { metadata: { status: statusOf(textAt(metadata, 'status')), promised: numberAt(metadata, 'promised') } }
  }
  if (textAt(found, 'type') !== 'ACTION') throw new Error(`replicated log: a record of type ${textAt(found, 'type')}`)
  const action = objectAt(found, 'action')
  return {
    action: {
      position: numberAt(action, 'position'),
      promised: numberAt(action, 'promised'),
      performed: numberAt(action, 'performed'),
      learned: action.learned === true,
      body: bodyOf(action),
    },
  }
}

function statusOf(text: string): ReplicaStatus {
  if (text === 'EMPTY' || text === 'STARTING' || text === 'RECOVERING' || text === 'VOTING') return text
  throw new Error(`replicated log: a replica of status ${text}`)
}

function bodyOf(action: JsonObject): Body {
  const type = textAt(action, 'type')
  if (type === 'APPEND') return { type, bytes: Buffer.from(textAt(objectAt(action, 'append'), 'bytes'), 'base64') }
  if (type === 'TRUNCATE') return { type, to: numberAt(objectAt(action, 'truncate'), 'to') }
  return { type: 'NOP' }
}

/** A whole variable as the log's entry: a SNAPSHOT with a new uuid, the only operation a master writes. */
export function snapshotOf(name: string, type: MessageType, value: JsonObject): Buffer {
  const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64')
  const entry = { name, uuid, value: encode(type, value).toString('base64') }
  return encode(operation, { type: 'SNAPSHOT', snapshot: { entry } })
}

/** The variable in a SNAPSHOT of that name, or undefined for another operation. */
export function variableIn(bytes: Buffer, name: string, type: MessageType): JsonObject | undefined {
  const found = decode(operation, bytes)
  const entry = objectAt(objectAt(found, 'snapshot'), 'entry')
  if (textAt(found, 'type') !== 'SNAPSHOT' || textAt(entry, 'name') !== name) return undefined
  return decode(type, Buffer.from(textAt(entry, 'value'), 'base64'))
}
