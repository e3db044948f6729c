// Writes ZooKeeper files of any size, as a 3.4 server of a large DC/OS cluster would have them: services, their tasks, what becomes of them.
// The same numbers give the same bytes.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { adler32 } from '../../src/zookeeper/files/adler32.ts'

export interface DataSet {
  /** About so many; each task is three. */
  readonly znodes: number
  readonly dataBytes: number
  /** Transactions behind the snapshot. */
  readonly records: number
}

const startZxid = 0x7_0000_0000n
const time = 1_790_000_000_000
/** ZooKeeper's snapCount: a server rolls its log about so often. */
const recordsPerLog = 100_000
const paddingBytes = 65_536
const tasksPerService = 500

/**
 * Writes `snapshot/version-2` and `transactions/version-2` under `root`, as DC/OS keeps them, and gives how many bytes these are.
 */
export function writeDataSet(root: string, { znodes, dataBytes, records }: DataSet): number {
  const tasks = Math.max(1, Math.round(znodes / 3))
  const snapshots = join(root, 'snapshot', 'version-2')
  const logs = join(root, 'transactions', 'version-2')
  for (const folder of [snapshots, logs]) mkdirSync(folder, { recursive: true })
  const snapshot = writeSnapshot(join(snapshots, `snapshot.${startZxid.toString(16)}`), tasks, dataBytes)
  let bytes = snapshot
  for (let from = 0; from < records; from += recordsPerLog) {
    const file = join(logs, `log.${(startZxid + 1n + BigInt(from)).toString(16)}`)
    bytes += writeLog(file, { tasks, dataBytes, from, to: Math.min(from + recordsPerLog, records) })
  }
  return bytes
}

const service = (task: number): string => `/dcos-service-${Math.floor(task / tasksPerService)}`
const folder = (task: number): string => `${service(task)}/Tasks/node-${task % tasksPerService}-server`

function writeSnapshot(file: string, tasks: number, dataBytes: number): number {
  const out = new FileOfBlocks(file)
  const words = new Words(1)
  const size = dataBytes * 1.5 // one of three has none
  const services = Math.ceil(tasks / tasksPerService)
  const znode = (path: string, data: number, children: number) => {
    out.string(path)
    out.int(data)
    out.data(words, data)
    out.long(-1n)
    const zxid = startZxid - BigInt(words.below(1_000_000))
    for (const stamp of [zxid, zxid, BigInt(time - 5000), BigInt(time - 1000)]) out.long(stamp)
    for (const version of [0, children, 0]) out.int(version)
    for (const stamp of [0n, zxid]) out.long(stamp)
  }
  out.text('ZKSN')
  out.int(2)
  out.long(-1n)
  out.int(1)
  out.long(0x100_0000_0001n)
  out.int(40_000)
  out.int(0)
  znode('', 0, services + 1)
  znode('/zookeeper', 0, 1)
  znode('/zookeeper/quota', 0, 0)
  for (let task = 0; task < tasks; task++) {
    if (task % tasksPerService === 0) {
      znode(service(task), 0, 1)
      znode(`${service(task)}/Tasks`, 0, Math.min(tasksPerService, tasks - task))
    }
    const path = folder(task)
    znode(path, 0, 2)
    for (const part of ['TaskInfo', 'TaskStatus']) {
      znode(`${path}/${part}`, Math.max(16, Math.round(size * (0.5 + words.below(1000) / 1000))), 0)
    }
  }
  out.string('/')
  out.long(BigInt(out.checksum()))
  out.string('/')
  return out.close()
}

interface LogPart {
  readonly tasks: number
  readonly dataBytes: number
  readonly from: number
  readonly to: number
}

/** Of ten changes seven are statuses of tasks, three a task's folder that comes and goes. */
function writeLog(file: string, { tasks, dataBytes, from, to }: LogPart): number {
  const out = new FileOfBlocks(file)
  const words = new Words(from + 2)
  out.text('ZKLG')
  out.int(2)
  out.long(0n)
  for (let at = from; at < to; at++) {
    const kind = at % 10
    out.record(startZxid + 1n + BigInt(at), time + at, () => {
      if (kind === 3 || kind === 6) {
        out.int(1)
        out.string(`${folder(at % tasks)}/new-${at}`)
        out.int(dataBytes)
        out.data(words, dataBytes)
        out.int(1)
        out.int(31)
        out.string('world')
        out.string('anyone')
        out.byte(0)
        out.int(-1)
      } else if (kind === 9) {
        out.int(2)
        out.string(`${folder((at - 3) % tasks)}/new-${at - 3}`)
      } else {
        out.int(5)
        out.string(`${folder(words.below(tasks))}/TaskStatus`)
        out.int(dataBytes)
        out.data(words, dataBytes)
        out.int(at)
      }
    })
  }
  out.zeros(paddingBytes)
  return out.close()
}

/** What data is made of: half of it words that come again, half of it digits that don't, as ids and times in JSON. */
class Words {
  #state: number

  constructor(seed: number) {
    this.#state = seed * 2_654_435_761
  }

  below(limit: number): number {
    return this.next() % limit
  }

  /** Marsaglia's xorshift of 32 bits. */
  next(): number {
    let x = this.#state | 0 || 1
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x >>> 0
  }

  fill(into: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const word = vocabulary[this.below(vocabulary.length)] ?? ''
      const id = this.next().toString(16)
      at += into.write(`"${word}":"${id}",`, at, end - at, 'latin1')
    }
  }
}

const vocabulary = 'taskId agentId state hostname labels timestamp uuid source message healthy ports executor'.split(
  ' ',
)

/** A file written a block at a time, with the Adler-32 of all of it. */
class FileOfBlocks {
  readonly #file: number
  readonly #block = Buffer.alloc(4 * 1024 * 1024)
  #at = 0
  #written = 0
  #sum = 1

  constructor(file: string) {
    this.#file = openSync(file, 'w', 0o600)
  }

  text(text: string): void {
    this.#room(text.length)
    this.#at += this.#block.write(text, this.#at, 'latin1')
  }

  string(text: string): void {
    this.int(text.length)
    this.text(text)
  }

  byte(value: number): void {
    this.#room(1)
    this.#at = this.#block.writeUInt8(value, this.#at)
  }

  int(value: number): void {
    this.#room(4)
    this.#at = this.#block.writeInt32BE(value, this.#at)
  }

  long(value: bigint): void {
    this.#room(8)
    this.#at = this.#block.writeBigInt64BE(value, this.#at)
  }

  data(words: Words, bytes: number): void {
    this.#room(bytes)
    words.fill(this.#block, this.#at, this.#at + bytes)
    this.#at += bytes
  }

  zeros(bytes: number): void {
    this.#room(bytes)
    this.#block.fill(0, this.#at, this.#at + bytes)
    this.#at += bytes
  }

  /** A log's record: its frame, the TxnHeader, and type and body, which `rest` writes. */
  record(zxid: bigint, at: number, rest: () => void): void {
    this.#room(65_536) // so that it stays in one block
    const frame = this.#at
    this.long(0n)
    this.int(0)
    this.long(0x100_0000_0001n)
    this.int(1)
    this.long(zxid)
    this.long(BigInt(at))
    rest()
    this.#block.writeBigInt64BE(BigInt(adler32(this.#block, frame + 12, this.#at)), frame)
    this.#block.writeInt32BE(this.#at - frame - 12, frame + 8)
    this.byte(0x42)
  }

  checksum(): number {
    this.#flush()
    return this.#sum
  }

  /** Gives its size. */
  close(): number {
    this.#flush()
    closeSync(this.#file)
    return this.#written
  }

  #room(bytes: number): void {
    if (this.#at + bytes > this.#block.length) this.#flush()
  }

  #flush(): void {
    const full = this.#block.subarray(0, this.#at)
    this.#sum = adler32(full, 0, full.length, this.#sum)
    for (let at = 0; at < full.length; ) at += writeSync(this.#file, full, at)
    this.#written += full.length
    this.#at = 0
  }
}
