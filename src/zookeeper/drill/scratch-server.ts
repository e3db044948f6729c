// What a scratch ZooKeeper server is: one that stands alone, on loopback, on a copy of a backup's files, and changes nothing by itself.
import { randomInt } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { askWord, parseSrvr } from '../session/four-letter.ts'

/** A server that was started; it may still be reading its files. */
export interface ScratchServer {
  /** @throws Error while nothing listens yet */
  dial(): Promise<Duplex>
  /** The end of its log where it has ended by itself. */
  hasEnded(): Promise<string | undefined>
  /** Ends it and waits for that. Its files are whoever's who laid them out. */
  stop(): Promise<void>
}

export interface Serving {
  readonly server: ScratchServer
  readonly version: string
  readonly zxid: bigint
}

/** A folder of a machine with `snapshot` and `transactions` in it, `zoo.cfg` to be beside them. */
export interface StartOrder {
  readonly folder: string
  readonly port: number
  readonly heapMb: number
}

/** Above what Linux gives to outgoing connections (32768 to 60999) and above what DC/OS listens on (up to 63053). */
export const someFreePort = (): number => randomInt(63_500, 65_500)

export const configName = 'zoo.cfg'
export const logName = 'server.log'

/**
 * Sessions of the backup must not expire while their ephemeral znodes are compared: a server looks for expired ones once per tick
 * (SessionTrackerImpl.roundToInterval), and this tick is 23 days. The limits of time-outs come from the tick unless they are given.
 */
const tickMs = 2_000_000_000

export function configText({ folder, port }: StartOrder): string {
  return [
    `dataDir=${folder}/snapshot`,
    `dataLogDir=${folder}/transactions`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    `tickTime=${tickMs}`,
    'minSessionTimeout=1000',
    'maxSessionTimeout=60000',
    'admin.enableServer=false',
    '4lw.commands.whitelist=srvr',
    '',
  ].join('\n')
}

/** For java: everything but the class path and the configuration. */
export function javaOptions({ heapMb }: StartOrder): readonly string[] {
  return [
    ...[`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'],
    '-Dzookeeper.forceSync=no', // nothing here is to outlive the drill
    '-Dzookeeper.preAllocSize=64',
    '-Dzookeeper.skipACL=yes', // everything is to be read, whoever may read it
    '-Dzookeeper.extendedTypesEnabled=true',
    `-Dznode.container.checkIntervalMs=${tickMs}`, // empty containers and TTL znodes stay
    '-Djute.maxbuffer=67108864',
    '-Dzookeeper.admin.enableServer=false',
    '-Dzookeeper.jmx.log4j.disable=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  ]
}

export const mainClass = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'

/** Megabytes of heap: objects take some three times what they take in a snapshot. */
export const heapFor = (snapshotBytes: number): number => 96 + Math.ceil((3 * snapshotBytes) / (1024 * 1024))

/** Bytes on disk: the files, and the snapshot that a server writes at its start. */
export const roomFor = (files: { readonly bytes: number; readonly snapshotBytes: number }): number =>
  files.bytes + 2 * files.snapshotBytes + 64 * 1024 * 1024

/** Milliseconds until a server that read so many bytes has to serve. */
const servesWithin = (bytes: number): number => 60_000 + bytes / 2000

/** @throws Error where it ends, or does not serve in time */
export async function serving(server: ScratchServer, bytes: number): Promise<Serving> {
  const until = performance.now() + servesWithin(bytes)
  for (;;) {
    const answer = await srvrOf(server)
    if (answer) return { server, version: answer.version ?? 'unknown', zxid: answer.zxid }
    const ended = await server.hasEnded()
    if (ended !== undefined) throw new ServerEnded(ended)
    if (performance.now() > until)
      throw new Error(`the scratch ZooKeeper did not serve within ${Math.round(servesWithin(bytes) / 1000)} s`)
    await wait(100)
  }
}

/** Undefined while it does not serve. */
const srvrOf = async (server: ScratchServer): Promise<ReturnType<typeof parseSrvr> | undefined> => {
  try {
    return parseSrvr(await askWord(await server.dial(), 'srvr', 5_000))
  } catch {
    return undefined // that it never serves is said above
  }
}

/** The server ended by itself. */
export class ServerEnded extends Error {
  override readonly name = 'ServerEnded'
  readonly log: string
  constructor(log: string) {
    super(`the scratch ZooKeeper ended by itself: ${lastError(log)}`)
    this.log = log
  }
  /** Somebody else had the port. */
  get portWasTaken(): boolean {
    return this.log.includes('Address already in use')
  }
}

/** The line of its log that says why. */
function lastError(log: string): string {
  const lines = log.split('\n').filter(line => line.trim() !== '' && !/^\s+at /.test(line))
  return lines.findLast(line => /exception|error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing'
}
