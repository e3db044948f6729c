// Plans the restore of Mesos' replicated logs: one copy under every master, or empty ones under one lost master. Changes nothing.
import { Readable } from 'node:stream'
import { emptyReplicatedLogs, restoreReplicatedLogs } from '../../../../runbooks/restore-replicated-log.ts'
import { openSource } from '../../../actions/restore/open-source.ts'
import { patienceOf } from '../../../config/patience.ts'
import { because } from '../../../errors.ts'
import { type LogName, readArchive } from '../../../mesos/replicated-log/archive.ts'
import { type GroupImage, groupImage } from '../../../mesos/replicated-log/group-image.ts'
import type { BackupSource, DcosPlan } from '../../../plan/vocabulary.ts'
import type { Manifest } from '../../../store/manifest.ts'
import { masterNames, type World } from '../../../world.ts'
import type { RestoreOptions } from '../options.ts'
import { pinnedAll, refuse } from '../pinned.ts'
import type { Planner } from '../planners.ts'
import { refuseOptions } from '../refuse-options.ts'
import { sayVersions, versionOfMasters, versionsOf } from '../versions.ts'
import { livingRegistry } from './living-registry.ts'
import { previewOf, previewOfEmptied } from './preview.ts'

/** KiB: logs are tens of megabytes at most. */
const spareRoom = 64 * 1024

export const planReplicatedLog: Planner = async (world, backup, options) => {
  refuseOptions(options, ['at', 'into'])
  return options.node === undefined
    ? planGroup(world, backup, options)
    : planEmptied(world, options.node, options.accepted)
}

async function planGroup(world: World, backup: Manifest, options: RestoreOptions) {
  const { source, images, bytes } = await bestCopy(world, backup, options)
  const versions = await versionsOf(world, backup, options.identity)
  const masters = masterNames(world)
  const patience = patienceOf(world.file)
  const room = Math.ceil(bytes / 1024) + spareRoom
  const registry = images.get('replicated_log')
  return restoreReplicatedLogs({
    cluster: world.file.cluster,
    masters,
    version: versions.now,
    room,
    accepted: options.accepted,
    patience,
    lay: { do: 'lay-log-image', masters, source, room },
    notes: [
      ...previewOf({ taken: backup.started, images, registry, living: await livingRegistry(world) }),
      sayVersions(versions),
      `The Mesos masters are down for as long as it takes to stop, rename and start; agents keep their tasks. If dcosctl dies meanwhile, each master starts by itself after ${patience.master.within} s.`,
      'The old logs stay on each master, in .dcosctl-restore-RUN/old beside the new ones: remove them by hand once nobody wants to go back.',
    ],
  })
}

/** Nothing of a backup is used. @throws DcosctlError REFUSED */
export async function planEmptied(world: World, node: string, accepted: RestoreOptions['accepted']): Promise<DcosPlan> {
  const others = masterNames(world).filter(name => name !== node)
  if (others.length === masterNames(world).length)
    throw refuse(`There is no master ${node} in ${world.file.cluster.name}.`, `one of these:  ${others.join(', ')}`)
  if (others.length === 0)
    throw refuse(
      `${node} is the only master: empty logs would be a new, empty registry.`,
      'restore the copy of a backup:  dcosctl restore BACKUP --only replicated-log',
    )
  const patience = patienceOf(world.file)
  return emptyReplicatedLogs({
    cluster: world.file.cluster,
    masters: [node],
    others,
    version: await versionOfMasters(world),
    room: spareRoom,
    accepted,
    patience,
    lay: { do: 'lay-log-image', masters: [node], source: null, room: spareRoom },
    notes: previewOfEmptied(node, others),
  })
}

interface Copy {
  readonly source: BackupSource
  readonly images: ReadonlyMap<LogName, GroupImage>
  readonly bytes: number
}

/** Of several masters' copies the one that knows most. @throws DcosctlError REFUSED where none may be put under a group */
async function bestCopy(world: World, backup: Manifest, options: RestoreOptions): Promise<Copy> {
  const store = await world.store()
  const copies: Copy[] = []
  const refused: string[] = []
  for (const { source, object } of pinnedAll(store.where, backup, 'replicated-logs', options)) {
    try {
      const { plain } = await openSource(world, source)
      const logs = await readArchive(Readable.from(plain()))
      const images = new Map([...logs].map(([log, files]): [LogName, GroupImage] => [log, groupImage(log, files)]))
      if (!images.has('replicated_log')) throw new Error('it has no replicated_log')
      copies.push({ source, images, bytes: object.plainBytes })
    } catch (error) {
      refused.push(`${source.object}: ${because(error)}`)
    }
  }
  const endOf = ({ images }: Copy): number => images.get('replicated_log')?.replica.end ?? 0
  const [best] = copies.toSorted((a, b) => endOf(b) - endOf(a))
  if (best) return best
  throw refuse(
    `No copy of the replicated logs in ${backup.backup} may be put under the masters: ${refused.join('; ')}.`,
  )
}
