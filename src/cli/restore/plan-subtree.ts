// Plans the restore of a subtree of ZooKeeper: reads the backup, compares it with what is there now, and says what would be done.
import { restoreSubtree } from '../../../runbooks/restore-subtree.ts'
import { openSource } from '../../actions/restore/open-source.ts'
import { bytesOf, filesOf, NotInBackup, readSubtree } from '../../actions/restore/read-subtree.ts'
import { ruleOf } from '../../actions/restore/restore-subtree.ts'
import { patienceOf } from '../../config/patience.ts'
import { because, DcosctlError } from '../../errors.ts'
import type { BackupSource, DcosPlan, Subtree } from '../../plan/vocabulary.ts'
import type { BackupObject, Manifest } from '../../store/manifest.ts'
import { zookeeperPipe } from '../../survey/zookeeper-pipe.ts'
import { oldestServer } from '../../survey/zookeeper-server.ts'
import { masterNames, type World } from '../../world.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import { zxidAt } from '../../zookeeper/files/zxid-at.ts'
import { isAtOrBelow, isRestorable, memberships } from '../../zookeeper/subtree/live-state.ts'
import { compare } from '../../zookeeper/subtree/restore.ts'
import type { RestoreOptions } from './options.ts'
import { type Pinned, pinned, refuse } from './pinned.ts'
import { previewOf } from './subtree-preview.ts'

/** @throws DcosctlError USAGE, REFUSED; UNWELL where the backup is not what it should be */
export async function planSubtree(world: World, backup: Manifest, options: RestoreOptions): Promise<DcosPlan> {
  const { only, into, how, accepted } = options
  if (only.what !== 'path') throw new TypeError(`asked to plan ${only.what}`)
  const path = wellFormed('--only path:', only.path)
  const to = into === undefined ? path : wellFormed('--into ', into)
  refuseWhatIsNoOnes(path, to)
  const { source, object } = await zookeeperIn(world, backup, options)
  const unread = { source, at: null, path, into: to, how, removesUpTo: '0x0' } as const
  const at = await atOf(world, source, object, options)
  const { wanted, of } = await readSubtree(world, { ...unread, at }).catch((error: unknown) => {
    if (!(error instanceof NotInBackup)) throw error
    throw refuse(`${backup.backup} does not give it: ${because(error)}.`, 'look at another one:  dcosctl backup list')
  })
  if (wanted.znodes.size === 0) {
    throw refuse(
      `${backup.backup} has no ${path} that could be restored, in ${of}${wanted.ephemerals.size > 0 ? `, but ${wanted.ephemerals.size} ephemeral znodes, whose sessions are gone` : ''}.`,
      `see what it holds:  dcosctl backup show ${backup.backup}`,
    )
  }
  const masters = masterNames(world)
  const version = await oldestServer(world)
  const { pipe, hasCredentials } = await zookeeperPipe(world, masters)
  try {
    const { difference, upTo } = await compare(pipe, wanted, ruleOf({ ...unread, removesUpTo: hex((1n << 63n) - 1n) }))
    const subtree: Subtree = { ...unread, at, removesUpTo: hex(upTo) }
    const preview = previewOf({ subtree, wanted, of, difference, hasCredentials, version })
    const { cluster } = world.file
    return restoreSubtree(
      { cluster: { name: cluster.name, id: cluster.id }, masters },
      subtree,
      preview,
      accepted,
      patienceOf(world.file).cluster,
    )
  } finally {
    await pipe.close()
  }
}

/** PathUtils.validatePath of apache/zookeeper, as far as a person can get it wrong. */
function wellFormed(flag: string, path: string): string {
  const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path
  const names = trimmed.split('/').slice(1)
  const isWrong =
    !trimmed.startsWith('/') || (trimmed !== '/' && names.some(name => name === '' || name === '.' || name === '..'))
  if (!isWrong) return trimmed
  throw new DcosctlError('USAGE', {
    what: `${flag}${path} is no path of a znode.`,
    state: 'Nothing was touched.',
    next: ['for example:  --only path:/marathon/state'],
  })
}

function refuseWhatIsNoOnes(path: string, to: string): void {
  for (const each of new Set([path, to])) {
    const key = bytesOf(each)
    const member = memberships.find(top => isAtOrBelow(key, top))
    if (member !== undefined) {
      throw refuse(
        `${each} belongs to the membership of Mesos' replicated log, which the masters write themselves: as persistent znodes its members would never go again.`,
        'restore the log itself:  dcosctl restore BACKUP --only replicated-log',
      )
    }
    if (each !== '/' && !isRestorable(key))
      throw refuse(
        `${each} is ${each.startsWith('/dcosctl') ? "dcosctl's own" : "the ZooKeeper server's own"}, and never restored.`,
      )
  }
}

async function zookeeperIn(world: World, backup: Manifest, options: RestoreOptions): Promise<Pinned> {
  const { where } = await world.store()
  const kinds = ['zookeeper-files', 'zookeeper-znodes'] as const
  const kind = kinds.find(one => backup.objects.some(({ content }) => content.kind === one))
  if (kind !== undefined) return pinned(where, backup, kind, options)
  throw refuse(`${backup.backup} holds nothing of ZooKeeper.`, 'look at another one:  dcosctl backup list')
}

/** Hex; null: the end of the backup. */
async function atOf(
  world: World,
  source: BackupSource,
  object: BackupObject,
  { at }: RestoreOptions,
): Promise<string | null> {
  if (at === undefined) return null
  if (object.content.kind === 'zookeeper-znodes')
    throw refuse(`${source.backup} was taken through the API and holds one state alone: --at can't choose another.`)
  if ('zxid' in at) return hex(at.zxid)
  const { zxid, from, to } = await zxidAt(await filesOf(await openSource(world, source)), at.time.getTime())
  const iso = (time: number | undefined) => (time === undefined ? 'never' : new Date(time).toISOString())
  if (zxid !== undefined) return hex(zxid)
  throw refuse(
    `The logs in ${source.backup} begin at ${iso(from)} and end at ${iso(to)}, after ${at.time.toISOString()}.`,
    'look at an older one:  dcosctl backup list',
  )
}
