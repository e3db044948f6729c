// Verifies one backup to the level that was asked for, and takes down beside the backups what was found.
import { decodeObject } from '../../actions/backup/decode-object.ts'
import { type Drilled, drill } from '../../actions/verify/drill.ts'
import { drillHere } from '../../actions/verify/drill-here.ts'
import { drillOnMaster } from '../../actions/verify/drill-on-master.ts'
import { type Opened, opening } from '../../actions/verify/opened.ts'
import { openerFor } from '../../config/identity-file.ts'
import { because, DcosctlError } from '../../errors.ts'
import { readManifest } from '../../store/backups.ts'
import type { Manifest } from '../../store/manifest.ts'
import type { Decrypt } from '../../store/open-object.ts'
import { type Store, StoreError } from '../../store/store.ts'
import { readVerified, recordVerified, type VerifiedLevel } from '../../store/verified.ts'
import { type Outcome, verifiedAfter } from '../../store/verified-after.ts'
import { type Finding, type Verification, verifyBackup } from '../../store/verify-backup.ts'
import type { World } from '../../world.ts'
import { roomFor } from '../../zookeeper/drill/scratch-server.ts'
import { withScratchFolder } from '../scratch-folder.ts'

export interface Asked {
  readonly level: VerifiedLevel
  readonly identity: string | undefined
  /** The master to drill on; undefined: this machine. */
  readonly drillOn: string | undefined
  readonly zookeeperHome: string | undefined
  readonly record: boolean
}

export interface VerifiedOne extends Verification {
  /** The highest level that was well; undefined where not even the bytes were. */
  readonly reached: VerifiedLevel | undefined
  /** Why it is less than was asked for, though nothing is wrong. */
  readonly short: string | undefined
  readonly zookeeper: Opened['zookeeper']
  readonly remarks: readonly string[]
  readonly drilled: Drilled | undefined
  /** Why it could not be taken down; undefined where it was, or was not to be. */
  readonly unrecorded: string | undefined
}

export type Say = (text: string) => void

/** @throws DcosctlError USAGE where an encrypted backup is to be opened without an identity; StoreError */
export async function verifyOne(
  world: World,
  store: Store,
  backup: string,
  asked: Asked,
  say: Say,
): Promise<VerifiedOne> {
  const { cluster } = world.file
  const seen = await readManifest(store, cluster.name, backup)
  const manifest = 'manifest' in seen ? seen.manifest : undefined
  const isEncrypted = manifest !== undefined && manifest.encryption !== 'none'
  const deep = asked.level === 'opened' || asked.level === 'drilled'
  if (isEncrypted && asked.identity === undefined && deep) {
    throw new DcosctlError('USAGE', {
      what: `${backup} is encrypted, and no identity was given to open it.`,
      state: 'Nothing was touched.',
      next: ['name the file that age-keygen wrote:  --identity FILE'],
    })
  }
  const decrypt = isEncrypted && asked.identity !== undefined ? await openerFor(asked.identity) : undefined
  const found =
    deep && manifest
      ? await withScratchFolder(roomOf(manifest), folder =>
          verifyDeep(world, store, manifest, { asked, decrypt, folder, say }),
        )
      : await verifyFlat(store, cluster.name, backup, { asked, decrypt, isEncrypted, say })
  const unrecorded = asked.record && manifest ? await record(store, cluster, found, asked.level) : undefined
  return { ...found, unrecorded }
}

type Found = Omit<VerifiedOne, 'unrecorded'>

interface Flat {
  readonly asked: Asked
  readonly decrypt: Decrypt | undefined
  readonly isEncrypted: boolean
  readonly say: Say
}

async function verifyFlat(
  store: Store,
  cluster: string,
  backup: string,
  { asked, decrypt, isEncrypted, say }: Flat,
): Promise<Found> {
  const closed = isEncrypted && decrypt === undefined && asked.level === 'decoded'
  const level = closed ? 'stored' : asked.level
  const verification = await verifyBackup(store, cluster, backup, {
    level: level === 'stored' ? level : { decode: decodeObject, ...(decrypt ? { decrypt } : {}) },
    progress: percent(say),
  })
  return {
    ...verification,
    reached: reachedOf(verification.findings, level),
    short: closed ? 'encrypted: --identity FILE decodes it' : undefined,
    ...{ zookeeper: undefined, remarks: [], drilled: undefined },
  }
}

interface Deep {
  readonly asked: Asked
  readonly decrypt: Decrypt | undefined
  readonly folder: string
  readonly say: Say
}

async function verifyDeep(
  world: World,
  store: Store,
  { backup }: Manifest,
  { asked, decrypt, folder, say }: Deep,
): Promise<Found> {
  const { cluster } = world.file
  const { decode, result } = opening(folder, cluster.id)
  const verification = await verifyBackup(store, cluster.name, backup, {
    level: { decode, ...(decrypt ? { decrypt } : {}) },
    progress: percent(say),
  })
  const { zookeeper, remarks, findings: more } = result()
  const findings = [...verification.findings, ...more]
  const opened = { ...verification, findings, zookeeper, remarks, short: undefined }
  if (asked.level !== 'drilled' || findings.length > 0)
    return { ...opened, reached: reachedOf(findings, 'opened'), drilled: undefined }
  if (!zookeeper)
    return {
      ...opened,
      reached: 'opened',
      short: 'it has no files of ZooKeeper to start a server from',
      drilled: undefined,
    }
  const drilled = await drillIt(world, zookeeper, asked, say)
  const differing = differencesIn(zookeeper.object, drilled)
  return { ...opened, drilled, findings: differing, reached: reachedOf(differing, 'drilled') }
}

async function drillIt(
  world: World,
  zookeeper: NonNullable<Opened['zookeeper']>,
  asked: Asked,
  say: Say,
): Promise<Drilled> {
  const compared = (done: number) => say(`compared ${done} of ${zookeeper.znodes} znodes`)
  if (asked.drillOn === undefined) {
    say('starting a scratch ZooKeeper')
    return drill(zookeeper, await drillHere(zookeeper.files, asked.zookeeperHome), compared)
  }
  let sent = 0
  const place = await drillOnMaster(
    await world.hosts.host(asked.drillOn),
    zookeeper.files,
    asked.zookeeperHome,
    bytes => {
      sent += bytes
      say(`${Math.floor((100 * sent) / Math.max(1, zookeeper.files.bytes))} %  to ${asked.drillOn}`)
    },
  )
  try {
    return await drill(zookeeper, place, compared)
  } finally {
    await place.close()
  }
}

function differencesIn(object: string, { problem, differences }: Drilled): readonly Finding[] {
  if (problem !== undefined)
    return [{ object, fault: 'differs', saw: problem, wanted: 'a server with the state of the backup' }]
  return differences.map(({ path, saw, wanted }) => ({ object, fault: 'differs', saw: `${path}: ${saw}`, wanted }))
}

const percent =
  (say: Say) =>
  ({ object, bytes, of }: { readonly object: string; readonly bytes: number; readonly of: number }) =>
    say(`${Math.floor((100 * bytes) / Math.max(1, of))} %  ${object}`)

const roomOf = ({ objects }: Manifest): number => {
  const plain = objects
    .filter(({ content }) => content.kind === 'zookeeper-files')
    .reduce((sum, { plainBytes }) => sum + plainBytes, 0)
  return roomFor({ bytes: plain, snapshotBytes: plain })
}

/** At which level a finding counts: what is below it was seen to be well. */
function levelOf({ fault }: Finding, asked: VerifiedLevel): VerifiedLevel {
  if (fault === 'differs') return 'drilled'
  if (fault === 'contradicts') return 'opened'
  if (fault === 'not decodable') return asked === 'drilled' ? 'opened' : asked
  return 'stored'
}

const order: readonly VerifiedLevel[] = ['stored', 'decoded', 'opened', 'drilled']

function lowest(findings: readonly Finding[], asked: VerifiedLevel): VerifiedLevel | undefined {
  return order.find(level => findings.some(finding => levelOf(finding, asked) === level))
}

function reachedOf(findings: readonly Finding[], asked: VerifiedLevel): VerifiedLevel | undefined {
  const failed = lowest(findings, asked)
  if (failed === undefined) return asked
  // Of a backup that can't be opened it is not known whether it decodes: its bytes are as they were written.
  if (failed === 'opened' && findings.some(({ fault }) => fault === 'not decodable')) return 'stored'
  return order[order.indexOf(failed) - 1]
}

/** Returns why it could not be taken down: a store that can only be read is no fault of the backup. */
async function record(
  store: Store,
  cluster: World['file']['cluster'],
  found: Found,
  asked: VerifiedLevel,
): Promise<string | undefined> {
  const { backup, findings, reached } = found
  const level = lowest(findings, asked)
  const outcome: Outcome = {
    backup,
    clusterId: cluster.id,
    at: new Date().toISOString(),
    reached,
    failed: level && { level, why: findings.map(({ object, fault, saw }) => `${object}: ${fault}: ${saw}`).join('; ') },
  }
  try {
    await recordVerified(store, cluster.name, verifiedAfter(await readVerified(store, cluster, backup), outcome))
    return undefined
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return because(error)
  }
}
