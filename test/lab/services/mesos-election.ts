// A Mesos master's part in the election: its znodes in the real ZooKeeper, and who leads by them.
// Rules: apache/mesos src/zookeeper/{group,contender,detector}.cpp, src/master/constants.hpp (json.info).
import { EventEmitter } from 'node:events'
import { inTurn } from './in-turn.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'
import { ZookeeperSession } from './zookeeper-session.ts'

type Setup = {
  readonly servers: readonly string[]
  /** Milliseconds. */
  readonly sessionTimeout: number
  readonly address: string
  readonly info: JsonObject
}

/** `leader`: who leads by ZooKeeper, undefined when nobody; `expired`: our session is gone. */
type Events = { leader: [leader: JsonObject | undefined, itIsUs: boolean]; expired: [] }

export class MesosElection extends EventEmitter<Events> {
  readonly #setup: Setup
  #session: ZookeeperSession
  #own: string | undefined
  #joined = false
  /** Members of the replicated log by ZooKeeper. */
  replicas = 0

  constructor(setup: Setup) {
    super()
    this.#setup = setup
    this.#session = this.#open()
  }

  #open(): ZookeeperSession {
    const session = new ZookeeperSession(this.#setup.servers, this.#setup.sessionTimeout)
    this.#own = undefined
    this.#joined = false
    session.on('connected', () => this.#look())
    session.on('changed', () => this.#look())
    session.once('expired', () => {
      this.emit('expired')
      this.#session = this.#open()
    })
    return session
  }

  readonly #look = inTurn(async () => {
    try {
      if (!this.#joined) await this.#join()
      const candidates = (await this.#session.children('/mesos')).filter(name => name.startsWith('json.info_')).sort()
      this.replicas = (await this.#session.children('/mesos/log_replicas')).length
      const [first] = candidates
      const text = first === undefined ? undefined : await this.#session.readIfThere(`/mesos/${first}`)
      const leader = text === undefined ? undefined : parseJson(text)
      this.emit('leader', isObject(leader) ? leader : undefined, first !== undefined && first === this.#own)
    } catch (error) {
      console.error(`The election is not known: ${error instanceof Error ? error.message : error}`)
      if (this.#session.connected) setTimeout(() => this.#look(), 200)
    }
  })

  async #join(): Promise<void> {
    const { address, info } = this.#setup
    const session = this.#session
    this.#joined = true
    try {
      for (const group of ['log_replicas', 'overlay_log_replicas']) {
        await session.ensure(`/mesos/${group}`)
        const replica = group === 'log_replicas' ? 'log-replica(1)' : 'log-replica(2)'
        await session.create(`/mesos/${group}/`, `${replica}@${address}:5050`, 'ephemeral-sequential')
      }
      const path = await session.create('/mesos/json.info_', JSON.stringify(info), 'ephemeral-sequential')
      this.#own = path.slice('/mesos/'.length)
    } catch (error) {
      this.#joined = false
      throw error
    }
  }
}
