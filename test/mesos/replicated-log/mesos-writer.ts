// Writes replicated logs as a Mesos replica does, through a real LevelDB (classic-level): the keys and records of apache/mesos
// src/log/leveldb.cpp, encoded by this file's own few lines of protobuf. What it encodes is held to the recorded log in writer.test.ts.
import { ClassicLevel } from 'classic-level'

export type Level = ClassicLevel<string, Uint8Array>

export interface Tuning {
  readonly compression: boolean
  /** Small, so that tables and compactions come early. Bytes. */
  readonly writeBufferSize: number
}

export async function openLevel(directory: string, tuning: Tuning): Promise<Level> {
  const db = new ClassicLevel<string, Uint8Array>(directory, { keyEncoding: 'utf8', valueEncoding: 'view', ...tuning })
  await db.open()
  return db
}

/** What a real LevelDB finds in a directory. Opening changes the directory: give it a copy. */
export async function levelView(directory: string): Promise<Map<string, string>> {
  const db = await openLevel(directory, { compression: true, writeBufferSize: 4 << 20 })
  try {
    return await pairs(db)
  } finally {
    await db.close()
  }
}

export async function pairs(db: Level): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for await (const [key, value] of db.iterator()) found.set(key, Buffer.from(value).toString('hex'))
  return found
}

function varint(value: number | bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

export const number = (field: number, value: number | bigint) => Buffer.from([...varint(field * 8), ...varint(value)])

export function bytes(field: number, ...content: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(content.map(part => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(body.length)]), body])
}

export const key = (position: number) => String(position + 1).padStart(10, '0')

export const metadata = (status: number, promised: number) =>
  record(3, bytes(4, number(1, status), number(2, promised)))

export const record = (type: number, body: Uint8Array) => Buffer.concat([number(1, type), body])

export function action(position: number, proposal: number, learned: boolean, ...deed: readonly Uint8Array[]): Buffer {
  const head = [number(1, position), number(2, proposal), number(3, proposal)]
  return record(2, bytes(3, ...head, ...(learned ? [number(4, 1)] : []), ...deed))
}

export const snapshot = (name: string, uuid: Uint8Array, value: Uint8Array) =>
  Buffer.concat([number(1, 1), bytes(2, bytes(1, bytes(1, name), bytes(2, uuid), bytes(3, value)))])

export const append = (operation: Uint8Array) => [number(5, 2), bytes(7, bytes(1, operation))]
export const truncate = (to: number) => [number(5, 3), bytes(8, number(1, to))]
export const nop = (tombstone: boolean) => [number(5, 1), bytes(6, ...(tombstone ? [number(1, 1)] : []))]

/** A registry with so many agents (hostnames agent-0.lab, …). */
export function registry(agents: number): Buffer {
  const slaves = Array.from({ length: agents }, (_, n) => {
    const info = Buffer.concat([bytes(1, `agent-${n}.lab`), bytes(6, bytes(1, `S${n}`)), number(8, 5051)])
    return bytes(1, bytes(1, info))
  })
  return bytes(2, ...slaves)
}

/** One replica: each change is a whole snapshot, first promised, then learned, then everything before it is truncated. */
export class MesosReplica {
  readonly #db: Level
  readonly #sync: boolean
  #position: number
  /** How many writes it made to its LevelDB. */
  writes = 0

  private constructor(db: Level, position: number, sync: boolean) {
    this.#db = db
    this.#position = position
    this.#sync = sync
  }

  /** Initializes an empty log, or goes on at `position`. Mesos waits for the disk after each write; without `sync` this one writes faster. */
  static async start(db: Level, position?: number, sync = true): Promise<MesosReplica> {
    if (position === undefined) {
      await db.put('0000000000', metadata(1, 1), { sync })
      await db.put(key(0), action(0, 1, true, ...nop(false)), { sync })
    }
    return new MesosReplica(db, position ?? 1, sync)
  }

  get nextPosition(): number {
    return this.#position
  }

  async store(name: string, value: Uint8Array): Promise<{ position: number; uuid: string }> {
    const position = this.#position
    const sync = this.#sync
    const uuid = Buffer.alloc(16)
    uuid.writeUInt32BE(position)
    const deed = append(snapshot(name, uuid, value))
    await this.#db.put(key(position), action(position, 1, false, ...deed), { sync })
    await this.#db.put(key(position), action(position, 1, true, ...deed), { sync })
    await this.#db.put(key(position + 1), action(position + 1, 1, true, ...truncate(position)), { sync })
    const gone = [position - 2, position - 1].filter(old => old >= 0)
    await this.#db.batch(gone.map(old => ({ type: 'del', key: key(old) })))
    this.#position = position + 2
    this.writes += 4
    return { position, uuid: uuid.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }
  }
}
