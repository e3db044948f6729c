// What the restore of a subtree would change, in the operator's words: the notes of its plan. Pure.
import { few } from '../../cluster/few.ts'
import type { Subtree } from '../../plan/vocabulary.ts'
import { renderPath } from '../../zookeeper/files/print-tree.ts'
import type { ByteString } from '../../zookeeper/pipeline/frame-writer.ts'
import { hasContainers } from '../../zookeeper/subtree/changes.ts'
import { type Difference, isNothing } from '../../zookeeper/subtree/compare.ts'
import { liveAt } from '../../zookeeper/subtree/live-state.ts'
import type { Wanted } from '../../zookeeper/subtree/wanted.ts'

export interface Planned {
  readonly subtree: Subtree
  readonly wanted: Wanted
  /** Of which state of the backup. */
  readonly of: string
  readonly difference: Difference
  readonly hasCredentials: boolean
  /** Of the oldest server. */
  readonly version: string | undefined
}

/** A request with more data is refused by servers whose jute.maxbuffer is the usual 0xfffff. */
const largestData = 0xfffff - 4096

export function previewOf(planned: Planned): readonly string[] {
  return [...changes(planned), ...staying(planned), ...living(planned), ...losses(planned)]
}

const names = (paths: readonly ByteString[]): string => few(paths.map(path => renderPath(path === '/' ? '' : path)))
const counted = (amount: number, what: string): string => `${amount} ${what}${amount === 1 ? '' : 's'}`

function changes({ subtree, wanted, of, difference }: Planned): readonly string[] {
  const { creates, sets, acls, counters, removes, living } = difference
  const line = (what: string, paths: readonly ByteString[]) =>
    paths.length === 0 ? [] : [`${what} ${paths.length}: ${names(paths)}`]
  const made = new Set(creates.map(({ znode }) => znode.path))
  const gaps = counters.reduce((sum, { by }) => sum + by, 0)
  return [
    `${subtree.path} in the backup: ${counted(wanted.znodes.size, 'znode')}, ${of}. ${subtree.into} now: ${counted(living.znodes, 'znode')}.`,
    ...(isNothing(difference) ? ['Nothing to do: it is as the backup says.'] : []),
    ...line('Created:', [...made]),
    ...line(
      'Data set:',
      sets.map(({ znode }) => znode.path),
    ),
    ...line(
      'ACLs set:',
      acls.map(({ path }) => path).filter(path => !made.has(path)),
    ),
    ...line(
      'DELETED:',
      removes.map(({ path }) => path),
    ),
    ...(gaps > 0
      ? [
          `Sequence numbers go on as in the backup: ${counted(counters.length, 'parent')} counted up by ${gaps} in all, by children that come and go.`,
        ]
      : []),
  ]
}

function staying({ subtree, wanted, difference }: Planned): readonly string[] {
  const { stays, inTheWay, unseen } = difference
  const { how } = subtree
  return [
    ...(stays.differing > 0
      ? [
          `Stay as they are: ${counted(stays.differing, 'znode')} that the backup has otherwise (--how overwrite sets them).`,
        ]
      : []),
    ...(stays.unknown > 0 && how !== 'mirror'
      ? [`Stay: ${counted(stays.unknown, 'znode')} that the backup has not (--how mirror deletes them).`]
      : []),
    ...(stays.unknown > 0 && how === 'mirror'
      ? [
          `Stay: ${counted(stays.unknown, 'znode')} that the backup has not: ephemeral ones of living sessions, and what they stand under.`,
        ]
      : []),
    ...(how === 'mirror'
      ? ['What is created there after this plan was made is not deleted: nobody was shown it.']
      : []),
    ...(inTheWay.length > 0
      ? [
          `NOT restored, with what is below: ${names(inTheWay)}. A living session has an ephemeral znode there; its client must let go first.`,
        ]
      : []),
    ...(unseen.length > 0
      ? [
          `Can't be seen with these credentials, and stay: ${names(unseen)}. zookeeper.auth in the cluster file says who asks.`,
        ]
      : []),
    ...(wanted.ephemerals.size > 0
      ? [`Left out: ${counted(wanted.ephemerals.size, 'ephemeral znode')} of the backup, whose sessions are gone.`]
      : []),
    ...(wanted.members > 0
      ? [`Left out: ${counted(wanted.members, 'member')} of Mesos' replicated logs: the masters write them themselves.`]
      : []),
  ]
}

function living({ subtree, wanted, difference }: Planned): readonly string[] {
  const { ephemerals } = difference.living
  const sessions = new Set(ephemerals.values())
  const warnings = liveAt(Buffer.from(subtree.into).toString('latin1'), wanted.znodes.keys())
  return [
    ...warnings.map(
      ({ path, whose, first }) =>
        `${renderPath(path)} is ${whose}. Stop first who has it in memory and would write over it: ${first}.`,
    ),
    ...(sessions.size > 0
      ? [
          `${counted(sessions.size, 'living session')} with ephemeral znodes there (${names([...ephemerals.keys()])}): their clients see the changes while they are made.`,
        ]
      : []),
  ]
}

function losses({ wanted, difference, hasCredentials, version }: Planned): readonly string[] {
  const temporary = difference.creates.filter(({ temporarily }) => temporarily).length
  const containers = difference.creates.filter(({ znode }) => znode.kind === 'container').length
  const large = difference.creates
    .filter(({ znode }) => (znode.data?.length ?? 0) > largestData)
    .map(({ znode }) => znode.path)
  return [
    ...(temporary > 0 && !hasCredentials
      ? [
          `${counted(temporary, 'znode')} with an ACL that keeps dcosctl out stay open to all until what is below them is there: the cluster file names no zookeeper.auth.`,
        ]
      : []),
    ...(containers > 0 && !hasContainers(version)
      ? [
          `${counted(containers, 'container')} of the backup become persistent: ZooKeeper ${version ?? 'of an unknown version'} has none.`,
        ]
      : []),
    ...(wanted.ttls > 0 ? [`${counted(wanted.ttls, 'TTL znode')} of the backup become persistent.`] : []),
    ...(large.length > 0 ? [`Servers refuse these unless their jute.maxbuffer is raised: ${names(large)}.`] : []),
    'The API can’t bring back: who created or changed a znode when (zxids, times), versions, sessions. Clients that compare versions see new ones.',
  ]
}
