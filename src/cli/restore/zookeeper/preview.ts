// What a restore of all of ZooKeeper would change, in the operator's words. Pure.
import { few } from '../../../cluster/few.ts'
import { sayRoughly } from '../../../output/durations.ts'
import { hex } from '../../../zookeeper/files/damage.ts'
import type { LeftOut, Marks } from '../../../zookeeper/files/image.ts'
import { sayVersions, type Versions } from '../versions.ts'
import type { Differences, Named } from './differences.ts'

export interface Preview {
  readonly zxid: bigint
  /** ms by the leader's clock, of the last transaction in it. */
  readonly time: number | undefined
  readonly now: number
  readonly leftOut: LeftOut
  readonly marks: Marks
  readonly differences: Differences | undefined
  /** What could not be asked, and why. */
  readonly unasked: readonly string[]
  readonly versions: Versions
  readonly backAfter: number
}

export function previewOf(preview: Preview): readonly string[] {
  const { zxid, time, now, leftOut, differences, unasked, versions, backAfter } = preview
  const age = time === undefined ? '' : `, ${sayRoughly(Math.max(0, Math.round((now - time) / 1000)))} old`
  const when = time === undefined ? '' : ` of ${new Date(time).toISOString()}`
  return [
    `The state is that at ${hex(zxid)}${when}${age}. What was written since is lost to ZooKeeper; nothing here can merge the two.`,
    `${leftOut.kept} znodes with their data, ACLs, versions and sequence counters; ${leftOut.ephemerals} ephemeral ones are left out, their sessions are over.`,
    ...(differences ? sayDifferences(differences) : []),
    ...sayMarks(preview),
    `ZooKeeper is down on every master for as long as it takes to stop, rename and start; if dcosctl dies meanwhile, each master starts by itself after ${backAfter} s.`,
    'Every client gets a new session: Mesos masters, Marathon and others restart and elect anew. Tasks keep running meanwhile.',
    'Mesos keeps its own registry (the replicated logs), which is not restored here: its agents come back as they are registered now.',
    sayVersions(versions),
    ...unasked,
    'The old data stays on each master, in .dcosctl-restore-RUN/old beside the data: remove it by hand once nobody wants to go back.',
  ]
}

function sayDifferences({ created, set, deleted, instances }: Differences): readonly string[] {
  if (created.count + set.count + deleted.count === 0)
    return ['Data and ACLs of all znodes are what they are now: nothing would differ.']
  const { onlyNow, onlyThen } = instances
  return [
    `Against what ZooKeeper has now: ${say(created, 'created')}; ${say(set, 'set')}; ${say(deleted, 'deleted')}.`,
    ...(onlyNow.count > 0
      ? [`${onlyNow.count} instances that Marathon started since are unknown to it afterwards: it kills those tasks.`]
      : []),
    ...(onlyThen.count > 0
      ? [`${onlyThen.count} instances that have ended since will be missed by Marathon: it starts them anew.`]
      : []),
  ]
}

const say = ({ count, first }: Named, done: string): string => {
  if (count === 0) return `none ${done}`
  return `${count} ${done} (${few(first)}${count > first.length ? ', …' : ''})`
}

function sayMarks({ leftOut: { containers, ttl }, marks }: Preview): readonly string[] {
  const lost = [
    ...(containers > 0 && marks === 'none' ? [`${containers} containers`] : []),
    ...(ttl > 0 && marks !== 'containers-and-ttl' ? [`${ttl} TTL znodes`] : []),
  ]
  return lost.length === 0
    ? []
    : [`${lost.join(' and ')} become persistent znodes: the servers would take them for ephemerals and delete them.`]
}
