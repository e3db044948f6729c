// A naive ZooKeeper leader: it makes transactions and has the one true tree behind each. Written apart from the replay
// it is to judge: a znode is a plain record, and everything is looked up by going through all of them.

import {
  aclVector,
  buffer,
  int,
  string,
  type WrittenAcl,
  type WrittenRecord,
  type WrittenSnapshot,
  type WrittenZnode,
} from './write-files.ts'

export interface Command {
  readonly kind: number
  readonly which: number
  readonly other: number
  readonly data: Uint8Array | null
}

type ModelZnode = Omit<WrittenZnode, 'aclId' | 'path'> & { readonly acl: readonly WrittenAcl[] }

const OPEN: readonly WrittenAcl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }]
const NEW = {
  czxid: 0n,
  mzxid: 0n,
  pzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
}
const SESSIONS = [0xf00000000000001n, 0xfe00000000000002n]

const parent = (path: string) => path.slice(0, path.lastIndexOf('/'))

export class Model {
  zxid = 0n
  readonly znodes = new Map<string, ModelZnode>()
  readonly sessions = new Map<bigint, number>()
  readonly records: WrittenRecord[] = []
  /** What was printed of the tree after each transaction. */
  readonly history = new Map<bigint, string>()

  constructor() {
    for (const path of ['', '/zookeeper', '/zookeeper/quota'])
      this.znodes.set(path, { ...NEW, data: Buffer.alloc(0), acl: OPEN })
    this.znodes.set('/zookeeper/config', {
      ...NEW,
      data: Buffer.alloc(0),
      aversion: -1,
      acl: [{ perms: 1, scheme: 'world', id: 'anyone' }],
    })
    this.#remember()
  }

  children(path: string): string[] {
    return [...this.znodes.keys()].filter(other => other !== '' && parent(other) === path)
  }

  /** Carries out what the command asks, or logs the failure that it is. */
  run({ kind, which, other, data }: Command): void {
    const session = SESSIONS[which % SESSIONS.length] ?? 0n
    const z = ++this.zxid
    const time = 1_000_000 + 1000 * Number(z)
    const log = (type: number, body: Buffer) => this.records.push({ session, zxid: z, time, type, body })
    const paths = [...this.znodes.keys()].filter(path => !path.startsWith('/zookeeper'))
    const path = paths[which % paths.length] ?? ''
    switch (kind % 9) {
      case 0:
      case 1:
        log(...this.#create(path, other, data, kind % 2 === 1, session, time))
        break
      case 2:
        log(...this.#delete(path))
        break
      case 3:
        log(...this.#setData(path, data, time))
        break
      case 4:
        log(...this.#setAcl(path, other))
        break
      case 5:
        this.sessions.set(session, 4000 + other)
        log(-10, int(4000 + other))
        break
      case 6: {
        const owned = [...this.znodes].filter(([, znode]) => znode.ephemeralOwner === session).map(([name]) => name)
        for (const name of owned) this.#delete(name)
        this.sessions.delete(session)
        log(-11, Buffer.concat([int(owned.length), ...owned.map(string)]))
        break
      }
      case 7: {
        const before = new Map(this.znodes)
        const parts = [this.#create(path, other, data, false, session, time), this.#setData(path, data, time)]
        if (parts.some(([type]) => type === -1)) {
          this.znodes.clear()
          for (const [name, znode] of before) this.znodes.set(name, znode)
        }
        log(14, multi(parts))
        break
      }
      case 8: // failed as a whole: the bodies may still be those of the changes
        log(
          14,
          multi([
            [-1, int(0)],
            [-1, Buffer.concat([string(path), buffer(null), int(7)])],
            [-1, int(-101)],
          ]),
        )
        break
    }
    this.#remember()
  }

  #create(
    under: string,
    other: number,
    data: Uint8Array | null,
    ephemeral: boolean,
    session: bigint,
    time: number,
  ): [number, Buffer] {
    const path = `${under}/${'abcdé'[other % 5]}`
    const above = this.znodes.get(under)
    if (above?.ephemeralOwner !== 0n || this.znodes.has(path)) return [-1, int(-110)]
    const acl = acls(other)
    const own = data && Buffer.from(data)
    this.znodes.set(under, { ...above, cversion: above.cversion + 1, pzxid: this.zxid })
    const zxids = { czxid: this.zxid, mzxid: this.zxid, pzxid: this.zxid }
    this.znodes.set(path, {
      ...NEW,
      ...zxids,
      ctime: time,
      mtime: time,
      ephemeralOwner: ephemeral ? session : 0n,
      data: own,
      acl,
    })
    const flags = Buffer.from([ephemeral ? 1 : 0])
    return [1, Buffer.concat([string(path), buffer(own), aclVector(acl), flags, int(above.cversion + 1)])]
  }

  #delete(path: string): [number, Buffer] {
    const above = this.znodes.get(parent(path))
    if (path === '' || !above || this.children(path).length > 0) return [-1, int(-111)]
    this.znodes.delete(path)
    this.znodes.set(parent(path), { ...above, pzxid: this.zxid })
    return [2, string(path)]
  }

  #setData(path: string, data: Uint8Array | null, time: number): [number, Buffer] {
    const znode = this.znodes.get(path)
    if (!znode) return [-1, int(-101)]
    const own = data && Buffer.from(data)
    this.znodes.set(path, { ...znode, data: own, version: znode.version + 1, mzxid: this.zxid, mtime: time })
    return [5, Buffer.concat([string(path || '/'), buffer(own), int(znode.version + 1)])]
  }

  #setAcl(path: string, other: number): [number, Buffer] {
    const znode = this.znodes.get(path)
    if (!znode) return [-1, int(-101)]
    this.znodes.set(path, { ...znode, acl: acls(other), aversion: znode.aversion + 1 })
    return [7, Buffer.concat([string(path || '/'), aclVector(acls(other)), int(znode.aversion + 1)])]
  }

  /** The tree now, as `inspect` would print it. */
  #remember(): void {
    this.history.set(this.zxid, this.printed())
  }

  printed(): string {
    const hex = (value: bigint) => `0x${value.toString(16)}`
    const lines = [...this.znodes].map(([path, { data, acl, ephemeralOwner, cversion, ...stat }]) => ({
      path: path || '/',
      dataBase64: data?.toString('base64') ?? null,
      acl,
      stat: {
        czxid: hex(stat.czxid),
        mzxid: hex(stat.mzxid),
        ctime: stat.ctime,
        mtime: stat.mtime,
        version: stat.version,
        cversion: 2 * cversion - this.children(path).length,
        aversion: stat.aversion,
        ephemeralOwner: hex(ephemeralOwner),
        pzxid: hex(stat.pzxid),
      },
      persisted: { cversion, ephemeralOwner: hex(ephemeralOwner) },
    }))
    lines.sort((a, b) => (a.path < b.path ? -1 : 1))
    return lines.map(line => JSON.stringify(line)).join('\n')
  }
}

const multi = (parts: readonly [number, Buffer][]): Buffer => {
  const failed = parts.some(([type]) => type === -1)
  if (failed)
    return Buffer.concat([int(parts.length), ...parts.map(([, body]) => Buffer.concat([int(-1), buffer(body)]))])
  return Buffer.concat([int(parts.length), ...parts.map(([type, body]) => Buffer.concat([int(type), buffer(body)]))])
}

const acls = (other: number): readonly WrittenAcl[] =>
  other % 3 === 0 ? OPEN : [{ perms: (other % 31) + 1, scheme: 'digest', id: `u${other % 4}:ü=` }]

export interface Fuzzy {
  readonly name: bigint
  /** The last transaction before the writing ended: some of those behind `name` are in it, some are not. */
  readonly fuzzEnd: bigint
  readonly snapshot: WrittenSnapshot
}

/** Writes a snapshot as a server does: ACL table first, then znode by znode, while `meanwhile` goes on changing them. */
export function fuzzySnapshot(model: Model, meanwhile: () => void): Fuzzy {
  const name = model.zxid
  const sessions = [...model.sessions]
  const table = new Map<string, bigint>()
  const idOf = (acl: readonly WrittenAcl[]): bigint => {
    const key = JSON.stringify(acl)
    if (key === JSON.stringify(OPEN)) return -1n
    const id = table.get(key) ?? BigInt(table.size + 1)
    table.set(key, id)
    return id
  }
  for (const { acl } of model.znodes.values()) idOf(acl)
  const acls = [...table].map(([key, id]): [bigint, WrittenAcl[]] => [id, JSON.parse(key)])
  const znodes: WrittenZnode[] = []
  const visit = (path: string): void => {
    const znode = model.znodes.get(path)
    if (!znode) return
    const children = model.children(path)
    const { acl, ...rest } = znode
    znodes.push({ ...rest, path, aclId: idOf(acl) })
    for (const child of children) {
      meanwhile()
      visit(child)
    }
  }
  visit('')
  return { name, fuzzEnd: model.zxid, snapshot: { sessions, acls, znodes } }
}
