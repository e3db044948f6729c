// One replica of a Mesos replicated log: its records in a real LevelDB folder, and what it promised and accepted.
// Rules: apache/mesos src/log/replica.cpp.
import { ClassicLevel } from 'classic-level'
import {
  type Action,
  decodeRecord,
  encodeAction,
  encodeMetadata,
  keyOf,
  type Metadata,
  metadataKey,
  type ReplicaStatus,
} from './log-records.ts'

type Level = ClassicLevel<string, Buffer>

export class Replica {
  readonly #level: Level
  #metadata: Metadata = { status: 'EMPTY', promised: 0 }
  readonly #actions = new Map<number, Action>()
  #begin = 0
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(level: Level) {
    this.#level = level
  }

  /** Opens the folder, made where missing; throws when it is locked or damaged, as a real master does. */
  static async open(folder: string): Promise<Replica> {
    const level: Level = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer', compression: false })
    await level.open()
    const replica = new Replica(level)
    for await (const [, value] of level.iterator()) {
      const found = decodeRecord(value)
      if ('metadata' in found) replica.#metadata = found.metadata
      else replica.#remember(found.action)
    }
    return replica
  }

  get status(): ReplicaStatus {
    return this.#metadata.status
  }
  get promised(): number {
    return this.#metadata.promised
  }
  /** First position that is not truncated. */
  get begin(): number {
    return this.#begin
  }
  /** Last position that was accepted. */
  get end(): number {
    return Math.max(0, ...this.#actions.keys())
  }
  /** Every record at or after `begin`, by position. */
  get actions(): readonly Action[] {
    return [...this.#actions.values()].sort((a, b) => a.position - b.position)
  }

  #remember(action: Action): void {
    this.#actions.set(action.position, action)
    if (!action.learned || action.body.type !== 'TRUNCATE') return
    this.#begin = Math.max(this.#begin, action.body.to)
    for (const position of this.#actions.keys()) if (position < this.#begin) this.#actions.delete(position)
  }

  /** Writes in the order of the calls, each one synced before it counts. */
  #write(metadata: Metadata | undefined, actions: readonly Action[]): Promise<void> {
    const before = this.#writing
    const written = (async () => {
      await before
      const batch = this.#level.batch()
      if (metadata !== undefined) batch.put(metadataKey, encodeMetadata(metadata))
      for (const action of actions) batch.put(keyOf(action.position), encodeAction(action))
      const from = this.#begin
      if (metadata !== undefined) this.#metadata = metadata
      for (const action of actions) this.#remember(action)
      for (let position = from; position < this.#begin; position++) batch.del(keyOf(position))
      await batch.write({ sync: true })
    })()
    this.#writing = written.catch(() => undefined)
    return written
  }

  setStatus(status: ReplicaStatus): Promise<void> {
    return this.#write({ status, promised: this.promised }, [])
  }

  /** Promises not to accept lower proposals; false when it already promised a higher one, or may not vote. */
  async promise(proposal: number): Promise<boolean> {
    if (this.status !== 'VOTING' || proposal <= this.promised) return false
    await this.#write({ status: this.status, promised: proposal }, [])
    return true
  }

  /** Accepts an action of the coordinator; false when it may not. */
  async accept(action: Action): Promise<boolean> {
    if (this.status !== 'VOTING' || action.performed < this.promised) return false
    await this.#write(undefined, [action])
    return true
  }

  /** Notes that an action was chosen by a quorum. */
  learn(action: Action): Promise<void> {
    return this.#write(undefined, [{ ...action, learned: true }])
  }

  /** Takes over what others hold, and votes from then on. */
  catchUp(promised: number, actions: readonly Action[]): Promise<void> {
    return this.#write({ status: 'VOTING', promised: Math.max(promised, this.promised) }, actions)
  }
}
