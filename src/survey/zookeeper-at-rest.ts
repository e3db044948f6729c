// Where each member of an ensemble stands by its files: for when no quorum serves and nobody can be asked. Reads only.
import { type AtRest, beforeInElection, isReadable } from '../cluster/at-rest.ts'
import { because } from '../errors.ts'
import type { Host } from '../ssh/host.ts'
import { masterNames, type World } from '../world.ts'
import { dataFiles, later } from '../zookeeper/files/choose-files.ts'
import { DCOS_ZOOKEEPER_ROOT, logScript, memberScript } from '../zookeeper/files/hot-copy.ts'
import { lastRecordOf } from '../zookeeper/files/last-record.ts'
import { serverState } from './zookeeper-server.ts'

const scriptWithin = 60_000
const idleWithin = 60_000

/** Every master by its disk, the one that would win an election first; those that can't be read say why, and come last. */
export async function membersAtRest(world: Pick<World, 'hosts' | 'file'>): Promise<readonly AtRest[]> {
  const members = await Promise.all(
    masterNames(world).map(async (name): Promise<AtRest> => {
      try {
        return { name, ...(await memberAtRest(await world.hosts.host(name))) }
      } catch (error) {
        return { name, why: because(error) }
      }
    }),
  )
  return members.toSorted(beforeInElection)
}

/** Whether some server is in a quorum; one that is out of it says neither that it leads nor that it follows. A silent master is not waited for. */
export async function quorumServes(world: Pick<World, 'hosts' | 'file'>): Promise<boolean> {
  const asked = masterNames(world).map(async name => {
    const { mode } = await serverState(world, name)
    if (mode === 'read-only') throw new Error(`${name} is out of the quorum`)
  })
  return Promise.any(asked).then(
    () => true,
    () => false,
  )
}

/** @throws Error where it has neither a snapshot nor a log */
async function memberAtRest(host: Host): Promise<{ readonly epoch: number; readonly lastZxid: bigint }> {
  const { exit, stdout, stderr } = await host.run(memberScript, {
    as: 'root',
    args: [DCOS_ZOOKEEPER_ROOT],
    within: scriptWithin,
  })
  const lines = stdout.split('\n')
  if (exit !== 0 || !lines.includes('end'))
    throw new Error(`ZooKeeper's files of ${host.name} can't be read: ${stderr.trim() || `exit ${exit}`}`)
  const said = (word: string) =>
    lines.flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  const { snapshots, logs } = dataFiles([...said('snapshot'), ...said('log')])
  const newest = snapshots.at(-1)
  if (!newest && logs.length === 0) throw new Error(`${host.name} has no ZooKeeper data in ${DCOS_ZOOKEEPER_ROOT}`)
  const logged = await lastLogged(
    host,
    logs.map(({ file }) => file),
  )
  const lastZxid = later(logged ?? 0n, newest?.zxid ?? 0n)
  return { epoch: Number(said('currentEpoch')[0] ?? lastZxid >> 32n), lastZxid }
}

/** The newest log may have been made and never written to: then the one before it says. */
async function lastLogged(host: Host, logs: readonly string[]): Promise<bigint | undefined> {
  for (const name of logs.toReversed()) {
    const { stdout } = await host.stream(logScript, { as: 'root', args: [DCOS_ZOOKEEPER_ROOT, name], idleWithin })
    const last = await lastRecordOf(stdout)
    if (last !== undefined) return last
  }
  return undefined
}

/**
 * Whether a transaction that no server reports as applied was committed: it was if a majority of the members' logs hold it. Those that went on
 * to a later epoch say nothing, for a new leader may have taken it back.
 */
export async function committedAtRest(world: Pick<World, 'hosts' | 'file'>, zxid: bigint): Promise<string> {
  const all = world.file.masters.length
  const majority = Math.floor(all / 2) + 1
  const members = await membersAtRest(world)
  const holders = members.filter(
    member => isReadable(member) && member.lastZxid >> 32n === zxid >> 32n && member.lastZxid >= zxid,
  )
  const where = `in the logs of ${holders.length} of ${all} masters`
  return holders.length >= majority ? `yes, ${where}` : `not known: ${where}, and ${majority} make a majority`
}
