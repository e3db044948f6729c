// Replays the ZooKeeper files of a backup to the transaction that the manifest claims, and sees that the state is this cluster's.
import type { BackupObject } from '../../store/manifest.ts'
import { checkSnapshot, plainSnapshot } from '../../zookeeper/files/check-snapshot.ts'
import { dataFiles } from '../../zookeeper/files/choose-files.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import { inspectLarge, type LargeState } from '../../zookeeper/files/large-state.ts'
import { type Spooled, spool } from '../../zookeeper/files/spool.ts'
import { sayNote } from '../backup/zookeeper-files.ts'

export interface ZookeeperOpened {
  readonly files: Spooled
  readonly zxid: bigint
  readonly fuzzEnd: bigint | undefined
  readonly znodes: number
  readonly transactions: number
}

/** What every DC/OS cluster has in its ZooKeeper. */
const always = ['/cluster-id', '/mesos', '/marathon'] as const

/** @throws Error saying what is not as it is claimed */
export async function openZookeeper(
  plain: AsyncIterable<Uint8Array>,
  folder: string,
  { content }: Pick<BackupObject, 'content'>,
  clusterId: string,
): Promise<ZookeeperOpened> {
  const files = await spool(plain, folder)
  const fuzzEnd = zxidIn(content.fuzzEnd)
  const inspection = await inspectLarge(files, fuzzEnd === undefined ? {} : { fuzzEnd })
  if (inspection.claim !== 'exact') {
    const why = inspection.claim === 'none' ? inspection.reason : `it is whole only up to ${hex(inspection.zxid)}`
    throw new Error([why, ...inspection.notes.map(sayNote)].join('; '))
  }
  const { zxid, transactions, base, state } = inspection
  const found: Readonly<Record<string, unknown>> = {
    exactAt: hex(zxid),
    transactions,
    ...(base === undefined ? {} : await snapshotFacts(files, base)),
  }
  for (const [what, value] of Object.entries(found)) {
    if (what in content && content[what] !== value)
      throw new Error(`${what}: the manifest says ${String(content[what])}, replayed it is ${String(value)}`)
  }
  await seeThatItIsOurs(state, clusterId)
  return { files, fuzzEnd, zxid, transactions, znodes: state.totals.znodes }
}

const zxidIn = (claimed: unknown): bigint | undefined =>
  typeof claimed === 'string' && /^0x[0-9a-f]{1,16}$/.test(claimed) ? BigInt(claimed) : undefined

async function snapshotFacts(files: Spooled, base: string): Promise<object> {
  const [snapshot] = dataFiles([base]).snapshots
  if (!snapshot) return {}
  const { seal } = await checkSnapshot(plainSnapshot(files.open(base), snapshot.compression))
  return { snapshotZxid: hex(snapshot.zxid), znodesInSnapshot: seal.znodes }
}

async function seeThatItIsOurs(state: LargeState, clusterId: string): Promise<void> {
  const missing = new Set<string>(always)
  for await (const [key, { data }] of state.znodes()) {
    if (!missing.delete(key) || key !== '/cluster-id') continue
    const seen = data?.toString('utf8').trim() ?? ''
    if (seen !== clusterId) throw new Error(`/cluster-id in it is ${seen}, the backup is of ${clusterId}`)
  }
  if (missing.size > 0) throw new Error(`there is no ${[...missing].join(', no ')} in it`)
}
