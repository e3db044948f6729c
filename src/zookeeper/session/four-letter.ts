// ZooKeeper's four-letter words: one word sent, text read to the end of the line, and what that text says.
import type { Duplex } from 'node:stream'
import { within } from './deadline.ts'

export type Word = 'srvr' | 'mntr' | 'ruok'

/** Longest answer taken, in bytes; `mntr` has about 5 kB in 3.8. */
const longest = 1024 * 1024

/** What the server said of itself; undefined where this version or word does not say. */
export interface ServerState {
  readonly mode: 'leader' | 'follower' | 'observer' | 'standalone' | 'read-only'
  /** As printed, for example `3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT`. */
  readonly versionText: string
  /** The leading numbers of it, for example `3.4.14`; undefined where there are none. */
  readonly version: string | undefined
  readonly latency: { readonly min: number; readonly average: number; readonly max: number } | undefined
  readonly outstanding: number | undefined
  readonly znodes: number | undefined
}

export class NotServing extends Error {
  override readonly name = 'NotServing'
}

/** The server answers, but not this word. */
export class WordRefused extends Error {
  override readonly name = 'WordRefused'
}

export class StrangeAnswer extends Error {
  override readonly name = 'StrangeAnswer'
}

/**
 * Sends the word and reads to the end. The line is used up and destroyed. Some servers close only after they were read to
 * the end, so the writing side stays open.
 * @throws NotServing, WordRefused, StrangeAnswer (nothing, or over 1 MiB), or what the line threw
 */
export async function askWord(line: Duplex, word: Word, milliseconds: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  let length = 0
  line.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length > longest) reject(new StrangeAnswer(`${word}: the answer is longer than ${longest} bytes`))
  })
  const end = () => resolve(Buffer.concat(chunks).toString('utf8'))
  line.on('end', end)
  line.on('close', end)
  line.on('error', reject)
  line.write(word)
  try {
    const late = () => new StrangeAnswer(`${word}: no whole answer within ${milliseconds} ms (${length} bytes came)`)
    return refusing(word, await within(milliseconds, promise, late))
  } finally {
    line.destroy()
  }
}

/** Texts of apache/zookeeper `AbstractFourLetterCommand.ZK_NOT_SERVING` and `NopCommand`. */
function refusing(word: Word, text: string): string {
  if (text.includes('not currently serving requests')) throw new NotServing('ZooKeeper is up but has no quorum')
  if (text.includes('is not in the whitelist'))
    throw new WordRefused(`the server does not answer ${word}: it is not in its whitelist`)
  if (text.trim() === '') throw new StrangeAnswer(`${word}: the server closed the connection without an answer`)
  return text
}

/** True when the process listens; says nothing about a quorum. */
export const isOk = (text: string): boolean => text.trim() === 'imok'

/** Reads the answer to `srvr`. @throws StrangeAnswer */
export function parseSrvr(text: string): ServerState & { readonly zxid: bigint } {
  const field = (name: string) => new RegExp(`^${name}: *(.*?) *$`, 'mi').exec(text)?.[1]
  const zxid = field('Zxid')
  if (zxid === undefined || !/^(0x[0-9a-f]+|-1)$/i.test(zxid)) throw strange('srvr', 'zxid', text)
  const latency = field('Latency min/avg/max')?.split('/').map(Number)
  return {
    mode: modeOf(field('Mode'), 'srvr', text),
    zxid: BigInt(zxid),
    ...versionOf(field('Zookeeper version')),
    latency: latencyOf(latency ?? []),
    outstanding: whole(field('Outstanding')),
    znodes: whole(field('Node count')),
  }
}

export interface MonitorState extends ServerState {
  /** Only a leader counts them. */
  readonly followers: number | undefined
  readonly syncedFollowers: number | undefined
  readonly pendingSyncs: number | undefined
  /** Everything the server said, by its own names. */
  readonly values: ReadonlyMap<string, string>
}

/** Reads the answer to `mntr`: a key, a TAB, a value on each line. @throws StrangeAnswer */
export function parseMntr(text: string): MonitorState {
  const values = new Map<string, string>()
  for (const row of text.split('\n')) {
    const tab = row.indexOf('\t')
    if (tab > 0) values.set(row.slice(0, tab), row.slice(tab + 1).trim())
  }
  const number = (key: string) => whole(values.get(key))
  const latency = ['min', 'avg', 'max'].map(which => Number(values.get(`zk_${which}_latency`) ?? Number.NaN))
  return {
    mode: modeOf(values.get('zk_server_state'), 'mntr', text),
    ...versionOf(values.get('zk_version')),
    latency: latencyOf(latency),
    outstanding: number('zk_outstanding_requests'),
    znodes: number('zk_znode_count'),
    followers: number('zk_followers') ?? number('zk_learners'),
    syncedFollowers: number('zk_synced_followers'),
    pendingSyncs: number('zk_pending_syncs'),
    values,
  }
}

function modeOf(text: string | undefined, word: Word, whole: string): ServerState['mode'] {
  switch (text) {
    case 'leader':
    case 'follower':
    case 'observer':
    case 'standalone':
    case 'read-only':
      return text
    default:
      throw strange(word, 'mode', whole)
  }
}

/** Debian's 3.8.0 says `3.8.0-${mvngit.commit.id}, built on …`, unexpanded. */
function versionOf(text = ''): Pick<ServerState, 'version' | 'versionText'> {
  return { versionText: text, version: /^\d+\.\d+\.\d+/.exec(text)?.[0] }
}

function latencyOf([
  min = Number.NaN,
  average = Number.NaN,
  max = Number.NaN,
]: readonly number[]): ServerState['latency'] {
  return [min, average, max].every(Number.isFinite) ? { min, average, max } : undefined
}

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined

function strange(word: Word, what: string, text: string): StrangeAnswer {
  return new StrangeAnswer(`${word}: no ${what} in the answer, which begins ${JSON.stringify(text.slice(0, 80))}`)
}
