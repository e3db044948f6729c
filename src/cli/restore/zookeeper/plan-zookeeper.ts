// Plans the restore of all of ZooKeeper: reads and proves the backup's state, compares it with the living tree, asks the masters. Changes nothing.
import { restoreZookeeper } from '../../../../runbooks/restore-zookeeper.ts'
import { openSource } from '../../../actions/restore/open-source.ts'
import { patienceOf } from '../../../config/patience.ts'
import type { BackupSource } from '../../../plan/vocabulary.ts'
import type { Manifest } from '../../../store/manifest.ts'
import { masterNames } from '../../../world.ts'
import { hex } from '../../../zookeeper/files/damage.ts'
import { imageKib, leftOut, type Marks } from '../../../zookeeper/files/image.ts'
import type { DataFiles } from '../../../zookeeper/files/inspect.ts'
import { inspectLarge, type LargeInspection } from '../../../zookeeper/files/large-state.ts'
import { momentsOf } from '../../../zookeeper/files/moments.ts'
import { openTar } from '../../../zookeeper/files/open-files.ts'
import { pinned, refuse } from '../pinned.ts'
import type { Planner } from '../planners.ts'
import { refuseOptions } from '../refuse-options.ts'
import { versionsOf } from '../versions.ts'
import { type At, atOf } from './at.ts'
import { differencesTo } from './differences.ts'
import { type Living, livingTree } from './living.ts'
import { previewOf } from './preview.ts'
import { sampleOf } from './sample.ts'

export const planZookeeper: Planner = async (world, backup, options) => {
  refuseOptions(options, ['into', 'node'])
  const store = await world.store()
  const { source, object } = pinned(store.where, backup, 'zookeeper-files', options)
  const { plain } = await openSource(world, source)
  const files = await openTar(plain, source.object)
  const at = atOf(options.at, object.content, await momentsOf(files, questionOf(options.at, object.content)))
  const proven = await prove(files, at, source)
  const masters = masterNames(world)
  const [versions, living] = await Promise.all([versionsOf(world, backup, options.identity), livingTree(world)])
  const out = await leftOut(proven.state, proven.rules)
  const isAlive = 'tree' in living
  const marks = marksOf(isAlive ? living.serverVersion : serverVersionOf(object.content))
  const patience = patienceOf(world.file)
  const room = await imageKib(proven.state)
  return restoreZookeeper({
    cluster: world.file.cluster,
    masters,
    version: versions.now,
    room,
    accepted: options.accepted,
    patience,
    sample: await sampleOf(proven.state, proven.rules),
    lay: {
      do: 'lay-zookeeper-image',
      masters,
      source,
      at: hex(at.zxid),
      fuzzEnd: at.fuzzEnd === undefined ? null : hex(at.fuzzEnd),
      marks,
      room,
    },
    notes: previewOf({
      zxid: at.zxid,
      time: at.time,
      now: Date.now(),
      leftOut: out,
      marks,
      differences: isAlive ? await differencesTo(proven.state, proven.rules, living) : undefined,
      unasked: unasked(living),
      versions,
      backAfter: patience.master.within,
    }),
  })
}

const unasked = (living: Living | { readonly why: string }): readonly string[] =>
  'why' in living
    ? [`ZooKeeper's tree of now could not be had (${living.why}): what would be created, set and deleted is not known.`]
    : []

/** @throws DcosctlError REFUSED where the state is not to be had */
async function prove(
  files: DataFiles,
  at: At,
  { backup, object }: BackupSource,
): Promise<Exclude<LargeInspection, { claim: 'none' }>> {
  const found = await inspectLarge(files, {
    upTo: at.zxid,
    ...(at.fuzzEnd === undefined ? {} : { fuzzEnd: at.fuzzEnd }),
  })
  if (found.claim === 'exact') return found
  const why = found.claim === 'none' ? found.reason : `it can be proven only up to ${hex(found.zxid)}`
  throw refuse(`The state at ${hex(at.zxid)} is not to be had from ${object} of ${backup}: ${why}.`)
}

/** Containers came with 3.5; TTL nodes need a setting of the server that DC/OS never makes (zookeeper.extendedTypesEnabled). */
function marksOf(serverVersion: string | undefined): Marks {
  const [, major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(serverVersion ?? '') ?? []).map(Number)
  return major > 3 || (major === 3 && minor >= 5) ? 'containers' : 'none'
}

const serverVersionOf = ({ serverVersion }: Manifest['objects'][number]['content']): string | undefined =>
  typeof serverVersion === 'string' ? serverVersion : undefined

const questionOf = (asked: Parameters<typeof atOf>[0], { fuzzEnd }: Manifest['objects'][number]['content']) => ({
  fuzzEnd: BigInt(typeof fuzzEnd === 'string' ? fuzzEnd : 0),
  upTo: asked && 'zxid' in asked ? asked.zxid : undefined,
  moment: asked && 'time' in asked ? asked.time.getTime() : undefined,
})
