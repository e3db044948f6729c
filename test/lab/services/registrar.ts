// The registrar of a leading master: the Registry, fetched once from the replicated log, then stored whole at each change.
// Rules: apache/mesos src/master/registrar.cpp.
import type { JsonObject } from './json.ts'
import { snapshotOf, variableIn } from './log-records.ts'
import { decode, encode, type MessageType } from './protobuf.ts'
import type { ReplicatedLog } from './replicated-log.ts'

type Setup = {
  readonly log: ReplicatedLog
  readonly variable: string
  readonly type: MessageType
  /** Milliseconds. */
  readonly fetchTimeout: number
  readonly storeTimeout: number
}

export class Registrar {
  readonly #setup: Setup
  #value: JsonObject | undefined
  #queue: Promise<unknown> = Promise.resolve()
  readonly storeTimes: number[] = []
  fetchTime = 0
  sizeInBytes = 0

  constructor(setup: Setup) {
    this.#setup = setup
  }

  /** The variable, or undefined while it is not fetched. */
  get value(): JsonObject | undefined {
    return this.#value
  }

  /** Waits for a quorum, reads the variable and stores it with `change` applied; throws after the fetch time-out. */
  async recover(change: (found: JsonObject) => JsonObject): Promise<JsonObject> {
    const { log, variable, type, fetchTimeout } = this.#setup
    const since = Date.now()
    while (!(await log.elect())) {
      if (Date.now() - since > fetchTimeout)
        throw new Error(`Failed to recover ${variable}: no fetch within ${fetchTimeout} ms`)
      await new Promise(resolve => setTimeout(resolve, 250))
    }
    const last = log.lastAppended()
    const found = last === undefined ? {} : (variableIn(last, variable, type) ?? {})
    this.fetchTime = Date.now() - since
    const value = change(found)
    return this.#store(value)
  }

  /** Applies a change and stores the result; changes are stored one after the other. Throws when it can't be stored. */
  update(change: (value: JsonObject) => JsonObject): Promise<void> {
    const stored = this.#queue.then(async () => {
      const value = change(this.#value ?? {})
      await this.#store(value)
    })
    this.#queue = stored.catch(() => undefined)
    return stored
  }

  async #store(value: JsonObject): Promise<JsonObject> {
    const { log, variable, type, storeTimeout } = this.#setup
    const since = performance.now()
    const entry = snapshotOf(variable, type, value)
    while (!(await tried(() => log.append(entry)))) {
      const waited = performance.now() - since
      if (waited > storeTimeout) throw new Error(`Failed to store ${variable}: no quorum within ${storeTimeout} ms`)
      await new Promise(resolve => setTimeout(resolve, 250))
      await log.elect()
    }
    this.storeTimes.push(performance.now() - since)
    this.sizeInBytes = entry.length
    // as it is read back: declared defaults are there, empty lists are not
    const stored = decode(type, encode(type, value))
    this.#value = stored
    return stored
  }
}

async function tried(append: () => Promise<void>): Promise<boolean> {
  try {
    await append()
    return true
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return false
  }
}
