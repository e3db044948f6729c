// Asks what this cluster has of what a cluster may have or lack, so that a backup's plan can say what it will not copy, and why.
import type { Absent, Holdings, Leads, Optional } from '../cluster/facts.ts'
import { byRank } from '../cluster/ranks.ts'
import { genconfScript, masterHoldsScript, readGenconf, readMasterHolds } from '../dcos/holdings.ts'
import { DcosctlError } from '../errors.ts'
import { sayBytes } from '../output/bytes.ts'
import type { NodeName } from '../plan/types.ts'
import { bootstrapName, serviceOn, type World } from '../world.ts'
import { leadingMetronome } from './metronome.ts'

const scriptWithin = 60_000

/** What is there and can't be asked now is taken as there: the copy of it fails, and says why. @throws DcosctlError REFUSED */
export async function surveyHoldings(world: World, leads: ReadonlyMap<NodeName, readonly Leads[]>): Promise<Holdings> {
  const ranked = byRank([...leads].map(([name, of]) => ({ name, leads: of })))
  const standby = ranked[0]?.name ?? ''
  const leader = ranked.find(({ leads: of }) => of.includes('mesos'))?.name ?? standby
  const from: { [W in Optional]?: NodeName } = {}
  const absent: Absent[] = []
  const lacks = (what: string, why: string) => absent.push({ what, why })

  const { metronome, iam, etcd } = readMasterHolds(await said(world, leader, masterHoldsScript))
  if (metronome) from.metronome = await whoLeadsMetronome(world, standby)
  else lacks('Metronome jobs', 'this cluster has none: there is no dcos-metronome.service')
  if (iam === true) from.iam = standby
  else lacks('IAM database', iam)
  // The documentation takes it on the master that leads Mesos.
  if (etcd === true) from.etcd = leader
  else lacks('etcd', etcd)
  if (await hasOverlay(world, leader)) from.overlay = leader
  else lacks('overlay state', 'this cluster has none: the Mesos master answers 404 to /overlay-master/state')

  const { bootstrap } = world.file
  if (!bootstrap) lacks('bootstrap genconf', 'the cluster file names no bootstrap host')
  else {
    const seen = readGenconf(await said(world, bootstrapName, genconfScript, [bootstrap.genconf]))
    if (!seen.isGenconf) throw noGenconf(bootstrap.genconf)
    from.genconf = bootstrapName
    if (!bootstrap.serve && seen.serveBytes > 0) {
      const why = `${sayBytes(seen.serveBytes)} that can be generated again; \`serve: true\` in the cluster file includes it`
      lacks('bootstrap genconf/serve', why)
    }
  }
  return { from, absent }
}

async function said(world: World, node: NodeName, script: string, args: readonly string[] = []): Promise<string> {
  const host = await world.hosts.host(node)
  const { exit, stdout, stderr } = await host.run(script, { as: 'root', args, within: scriptWithin })
  if (exit === 0) return stdout
  throw new DcosctlError('REFUSED', {
    what: `${node} can't say what it has: ${stderr.trim() || `exit ${exit}`}.`,
    state: 'Nothing was changed.',
  })
}

/** Any instance passes a question on; while none leads, the one that is asked later may. */
async function whoLeadsMetronome(world: World, otherwise: NodeName): Promise<NodeName> {
  try {
    return (await leadingMetronome(world)).node
  } catch {
    return otherwise
  }
}

async function hasOverlay(world: World, leader: NodeName): Promise<boolean> {
  try {
    const { status } = await serviceOn(world, leader, 'mesos').ask({ path: '/overlay-master/state', big: true })
    return status !== 404
  } catch {
    return true
  }
}

const noGenconf = (path: string) =>
  new DcosctlError('REFUSED', {
    what: `The cluster file says that genconf is at ${path} of the bootstrap host, and there is no config.yaml in it.`,
    state: 'Nothing was changed.',
    next: ['correct bootstrap.genconf in the cluster file, or take bootstrap out of it'],
  })
