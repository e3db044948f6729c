// Which way a backup goes: the usual one, with one service stopped, or from the disks where ZooKeeper has no quorum; what must be accepted by name.
import { type BackupOptions, backup } from '../../runbooks/backup.ts'
import { backupAtRest } from '../../runbooks/backup-at-rest.ts'
import { backupStopped } from '../../runbooks/backup-stopped.ts'
import { isReadable } from '../cluster/at-rest.ts'
import { patienceOf } from '../config/patience.ts'
import { majorityOf } from '../disk-claim/judge.ts'
import { lookAtDisks } from '../disk-claim/look.ts'
import { DcosctlError } from '../errors.ts'
import type { Acceptance, Patience } from '../plan/types.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'
import { withoutThoseDown } from '../survey/masters-aside.ts'
import { survey } from '../survey/survey.ts'
import { NobodyLeads } from '../survey/the-one-that-leads.ts'
import { membersAtRest, quorumServes } from '../survey/zookeeper-at-rest.ts'
import { reachOneMaster } from '../survey/zookeeper-session.ts'
import type { World } from '../world.ts'
import { askedUntil } from './asked-until.ts'

export interface WayFlags {
  readonly way?: string | undefined
  /** What is accepted by name: `no-majority-lock`, `single-master-outage`. */
  readonly accept?: readonly string[] | undefined
  readonly reason?: string | undefined
}

type RunningOptions = Omit<Parameters<typeof backup>[1], 'aside'>

/** Seconds at most for which a quorum, or a leader, is waited for: an election takes a few, and a server that starts up to twenty (initLimit). */
const quorumWithin = 30

/** @throws DcosctlError REFUSED where nothing can be had that way, or something must be accepted first; nothing is changed. */
export async function planOfWay(world: World, options: BackupOptions, flags: WayFlags, by: string): Promise<DcosPlan> {
  await reachOneMaster(world) // Who is kept out of every master learns why at once: no quorum is waited for.
  const patience = patienceOf(world.file)
  const within = Math.min(quorumWithin, patience.cluster.within)
  const has = await askedUntil(
    within,
    () => quorumServes(world),
    serves => serves,
  )
  if (flags.way === 'stopped') {
    if (!has) throw needsQuorum('stopped')
    const accepted = world.file.masters.length === 1 ? [acceptOutage(flags, by)] : []
    return backupStopped(await survey(world), { ...options, patience, accepted })
  }
  const way = flags.way === 'api' ? 'api' : 'files'
  if (has) {
    // A master that went down a moment ago may have led: whoever leads next has to recover first.
    const ask = () => ofThoseThatServe(world, { ...options, way }, patience.cluster).catch(nobodyLeads)
    const plan = await askedUntil(within, ask, answer => !(answer instanceof NobodyLeads))
    if (plan instanceof NobodyLeads) throw plan
    return plan
  }
  if (way === 'api') throw needsQuorum(way)
  const members = await membersAtRest(world)
  if (!members.some(isReadable)) {
    const why = members.map(member => (isReadable(member) ? '' : `${member.name}: ${member.why}`))
    throw new DcosctlError('REFUSED', {
      what: `ZooKeeper has no quorum, and its files can be read on none of the masters: ${why.join('; ')}.`,
      state: 'Nothing was changed.',
      next: ['make a master reachable by SSH'],
    })
  }
  const accepted = await acceptLonely(world, flags, by)
  return backupAtRest({ cluster: world.file.cluster, members }, { ...options, accepted }, patience.cluster)
}

/** @throws NobodyLeads where the leaders are not among the masters that can be asked */
async function ofThoseThatServe(world: World, options: RunningOptions, patience: Patience): Promise<DcosPlan> {
  const { world: serving, aside } = await withoutThoseDown(world)
  const look = 'look closer:  dcosctl check'
  try {
    const facts = await survey(serving)
    const mayLead = [
      ...facts.masters.map(({ leads }) => leads.includes('zookeeper')),
      ...aside.map(({ serves }) => serves),
    ]
    if (!mayLead.includes(true)) throw new NobodyLeads('No ZooKeeper server leads.', look)
    return backup(facts, { ...options, aside }, patience)
  } catch (error) {
    if (!(error instanceof NobodyLeads) || aside.length === 0) throw error
    throw new NobodyLeads(`${aside.map(({ why }) => why).join('; ')}. Of the other masters: ${error.message}`, look)
  }
}

function nobodyLeads(error: unknown): NobodyLeads {
  if (error instanceof NobodyLeads) return error
  throw error
}

const needsQuorum = (way: string): DcosctlError =>
  new DcosctlError('REFUSED', {
    what: `ZooKeeper has no quorum: --way ${way} needs one.`,
    state: 'Nothing was changed.',
    next: ['take what the disks hold:  dcosctl backup'],
  })

function acceptOutage({ accept, reason }: WayFlags, by: string): Acceptance {
  const what = 'single-master-outage'
  if (accept?.includes(what) && reason) return { what, by, reason }
  throw new DcosctlError('REFUSED', {
    what: 'There is one master: while its ZooKeeper is stopped the cluster has none.',
    state: 'Nothing was changed.',
    next: ['copy while it runs:  dcosctl backup', `accept that by name:  --accept ${what} --reason '…'`],
  })
}

/** Nobody else can be kept out where fewer than a majority of the masters can be told. */
async function acceptLonely(world: World, { accept, reason }: WayFlags, by: string): Promise<readonly Acceptance[]> {
  const { masters, asked } = await lookAtDisks(world)
  if (asked.length >= majorityOf(masters)) return []
  const what = 'no-majority-lock'
  if (accept?.includes(what) && reason) return [{ what, by, reason }]
  throw new DcosctlError('REFUSED', {
    what: `ZooKeeper has no quorum, and ${asked.length} of ${masters} masters can be reached: nobody can be kept from changing the cluster meanwhile.`,
    state: 'Nothing was changed.',
    next: [
      'make another master reachable by SSH',
      `or take what is left without that lock:  dcosctl backup --accept ${what} --reason '…'`,
    ],
  })
}
