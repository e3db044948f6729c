// A replicated log of the masters: recovery of the local replica, and writing as the coordinator with a majority.
// Rules: apache/mesos src/log/{recover,catchup,coordinator,consensus}.cpp. The transport is the lab's own (JSON over http).

import { post } from './http.ts'
import { type Json, type JsonObject, listAt, numberAt, objectAt, parseJson, textAt } from './json.ts'
import { type Action, type Body, decodeRecord, encodeAction } from './log-records.ts'
import type { Replica } from './replica.ts'

const port = 5050
const askDeadline = 1_000
const retry = 200

type Peer = { readonly address: string }
type Setup = {
  readonly name: string
  readonly replica: Replica
  /** All masters but this one. */
  readonly peers: readonly Peer[]
  /** While true at a start, the replica neither votes nor recovers. */
  readonly heldBack: () => boolean
}

export const logPath = (name: string): string => `/lab/log/${name}`

export class ReplicatedLog {
  readonly #setup: Setup
  readonly #size: number
  readonly #quorum: number
  #held = true
  #proposal = 0
  #next = 0

  constructor(setup: Setup) {
    this.#setup = setup
    this.#size = setup.peers.length + 1
    this.#quorum = Math.floor(this.#size / 2) + 1
  }

  /** What Mesos shows as registrar/log/recovered: the local replica votes. */
  get recovered(): boolean {
    return !this.#held && this.#setup.replica.status === 'VOTING'
  }

  /** Brings the local replica to VOTING, however long that takes; says so on stdout. */
  async recover(): Promise<void> {
    while (this.#setup.heldBack()) await pause(retry)
    this.#held = false
    while (this.#setup.replica.status !== 'VOTING') {
      if (!(await this.#recoverOnce())) await pause(retry)
    }
    console.log(`${this.#setup.name} log: replica is VOTING, ends at ${this.#setup.replica.end}`)
  }

  /** One round of the recover protocol: join a quorum that votes, or initialise a log that is empty everywhere. */
  async #recoverOnce(): Promise<boolean> {
    const { replica } = this.#setup
    const answers = await this.#askPeers({ ask: 'read' })
    const statuses = [replica.status, ...answers.map(answer => textAt(answer, 'status'))]
    const count = (...wanted: string[]) => statuses.filter(status => wanted.includes(status)).length
    if (count('VOTING') >= this.#quorum) {
      const voting = answers.filter(answer => textAt(answer, 'status') === 'VOTING')
      const promised = Math.max(...voting.map(answer => numberAt(answer, 'promised')))
      await replica.catchUp(promised, chosen(voting.flatMap(actionsIn)))
      return true
    }
    if (replica.status === 'EMPTY' && count('EMPTY', 'STARTING') === this.#size) {
      await replica.setStatus('STARTING')
      return true
    }
    if (replica.status === 'STARTING' && count('STARTING', 'VOTING') === this.#size) {
      await replica.catchUp(0, [])
      return true
    }
    return false
  }

  /** Becomes the coordinator: a quorum promises, holes and open positions are filled. False when it did not get one. */
  async elect(): Promise<boolean> {
    if (!this.recovered) return false
    const { replica } = this.#setup
    const known = await this.#askPeers({ ask: 'read' })
    const proposal = Math.max(replica.promised, ...known.map(answer => numberAt(answer, 'promised'))) + 1
    if (!(await replica.promise(proposal))) return false
    const promises = (await this.#askPeers({ ask: 'promise', proposal })).filter(answer => answer.ok === true)
    if (promises.length + 1 < this.#quorum) return false
    this.#proposal = proposal
    return this.#settle([...replica.actions, ...promises.flatMap(actionsIn)])
  }

  async #settle(actions: readonly Action[]): Promise<boolean> {
    const begin = Math.max(
      0,
      ...actions.map(({ learned, body }) => (learned && body.type === 'TRUNCATE' ? body.to : 0)),
    )
    const end = Math.max(0, ...actions.map(({ position }) => position))
    for (let position = begin; position <= end; position++) {
      const here = actions.filter(action => action.position === position)
      const learned = here.find(action => action.learned)
      const best = here.toSorted((a, b) => b.performed - a.performed)[0]
      if (learned !== undefined) await this.#setup.replica.learn(learned)
      else if (!(await this.#write(position, best?.body ?? { type: 'NOP' }))) return false
    }
    this.#next = end + 1
    return true
  }

  /** Appends, then truncates all before, as LogStorage does. Throws when no quorum accepted. */
  async append(bytes: Buffer): Promise<void> {
    const position = this.#next
    await this.#writeNext({ type: 'APPEND', bytes })
    await this.#writeNext({ type: 'TRUNCATE', to: position })
  }

  async #writeNext(body: Body): Promise<void> {
    if (!(await this.#write(this.#next, body)))
      throw new Error(`${this.#setup.name} log: no quorum accepted position ${this.#next}`)
    this.#next++
  }

  async #write(position: number, body: Body): Promise<boolean> {
    const proposal = this.#proposal
    const action: Action = { position, promised: proposal, performed: proposal, learned: false, body }
    const sent = encodeAction(action).toString('base64')
    const [own, answers] = await Promise.all([
      this.#setup.replica.accept(action),
      this.#askPeers({ ask: 'accept', action: sent }),
    ])
    const accepted = answers.filter(answer => answer.ok === true).length + (own ? 1 : 0)
    if (accepted < this.#quorum) return false
    await Promise.all([this.#setup.replica.learn(action), this.#askPeers({ ask: 'learn', action: sent })])
    return true
  }

  /** The last whole value in the log, as the entry's bytes. */
  lastAppended(): Buffer | undefined {
    const appended = this.#setup.replica.actions.filter(({ learned }) => learned).map(({ body }) => body)
    const last = appended.findLast(body => body.type === 'APPEND')
    return last?.type === 'APPEND' ? last.bytes : undefined
  }

  async #askPeers(question: JsonObject): Promise<readonly JsonObject[]> {
    const path = logPath(this.#setup.name)
    const answers = await Promise.allSettled(
      this.#setup.peers.map(({ address }) => post(address, port, path, question, askDeadline)),
    )
    return answers.flatMap(answer => (answer.status === 'fulfilled' ? [objectAt({ it: answer.value }, 'it')] : []))
  }

  /** Answers another master's question. */
  async answer(body: string): Promise<Json> {
    const question = parseJson(body)
    const { replica } = this.#setup
    const ask = textAt(question, 'ask')
    if (this.#held) return { status: 'RECOVERING', promised: 0, actions: [], ok: false }
    const action = () => actionFrom(textAt(question, 'action'))
    if (ask === 'accept') return { ok: await replica.accept(action()) }
    if (ask === 'learn') {
      if (replica.status === 'VOTING') await replica.learn(action())
      return { ok: true }
    }
    const ok = ask === 'promise' ? await replica.promise(numberAt(question, 'proposal')) : true
    const actions = replica.actions.map(known => encodeAction(known).toString('base64'))
    return { ok, status: replica.status, promised: replica.promised, actions }
  }
}

function actionsIn(answer: JsonObject): readonly Action[] {
  return listAt(answer, 'actions').map(text => actionFrom(String(text)))
}

function actionFrom(base64: string): Action {
  const found = decodeRecord(Buffer.from(base64, 'base64'))
  if ('metadata' in found) throw new Error('replicated log: an action was wanted, metadata came')
  return found.action
}

/** One learned action for each position. */
function chosen(actions: readonly Action[]): readonly Action[] {
  return [...new Map(actions.filter(({ learned }) => learned).map(action => [action.position, action])).values()].sort(
    (a, b) => a.position - b.position,
  )
}

const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))
