// Reads what a backup holds of a subtree: from ZooKeeper's files, at any zxid that their logs reach, or from a copy that was made through the API.
import type { Subtree } from '../../plan/vocabulary.ts'
import { collected, once } from '../../store/bytes.ts'
import type { World } from '../../world.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import type { DataFiles } from '../../zookeeper/files/inspect.ts'
import { inspectLarge } from '../../zookeeper/files/large-state.ts'
import { openArchive } from '../../zookeeper/files/open-archive.ts'
import type { Rules } from '../../zookeeper/files/replay.ts'
import { CONTAINER_OWNER, shownOwner, type Znode } from '../../zookeeper/files/tree.ts'
import type { ByteString } from '../../zookeeper/pipeline/frame-writer.ts'
import type { AclEntry } from '../../zookeeper/pipeline/protocol.ts'
import { type BackedUpZnode, type Wanted, WantedSoFar } from '../../zookeeper/subtree/wanted.ts'
import { readZnodes } from '../../zookeeper/walk/read-znodes.ts'
import { type OpenedSource, openSource } from './open-source.ts'

export interface Read {
  readonly wanted: Wanted
  /** Of what the backup is, for people. */
  readonly of: string
}

/** The backup can't give what was asked for. */
export class NotInBackup extends Error {
  override readonly name = 'NotInBackup'
}

/** A path as a person types it, as ZooKeeper's bytes. */
export const bytesOf = (path: string): ByteString => Buffer.from(path, 'utf8').toString('latin1')

/** @throws NotInBackup; StoreError where the backup can't be read or is not what was written; Error where the plan's source is gone */
export async function readSubtree(world: World, { source, at, path, into }: Subtree): Promise<Read> {
  const opened = await openSource(world, source)
  const wanted = new WantedSoFar(bytesOf(path), bytesOf(into))
  const of =
    opened.object.content.kind === 'zookeeper-znodes'
      ? await fromZnodes(opened, wanted)
      : await fromFiles(opened, at === null ? undefined : BigInt(at), wanted)
  return { wanted: wanted.result(), of }
}

async function fromZnodes({ plain }: OpenedSource, wanted: WantedSoFar): Promise<string> {
  const { zxid, claim } = await readZnodes(plain(), znode => {
    if (wanted.wants(znode.path)) wanted.add(znode)
  })
  if (claim === 'exact') return `the state at ${zxid}, copied through the API`
  const how = claim === 'except' ? `the state at ${zxid}, some znodes somewhat later or earlier` : 'no one state'
  return `${how}: it was copied through the API while it changed`
}

/** Of such size the archive is fetched once and kept; a larger one is read from the store at each pass. */
const keptBytes = 64 * 1024 * 1024

export async function filesOf({ object, plain }: OpenedSource): Promise<DataFiles> {
  if (object.plainBytes > keptBytes) return openArchive(plain)
  const kept = await collected(plain(), keptBytes)
  return openArchive(() => once(kept))
}

async function fromFiles(opened: OpenedSource, upTo: bigint | undefined, wanted: WantedSoFar): Promise<string> {
  const { fuzzEnd } = opened.object.content
  const found = await inspectLarge(await filesOf(opened), {
    ...(typeof fuzzEnd === 'string' ? { fuzzEnd: BigInt(fuzzEnd) } : {}),
    ...(upTo === undefined ? {} : { upTo }),
  })
  if (found.claim === 'none') {
    const [note] = found.notes
    const why = note ? `${found.reason} (${note.file}: expected ${note.expected}, saw ${note.saw})` : found.reason
    throw new NotInBackup(upTo === undefined ? why : `there is no state at ${hex(upTo)} in it: ${why}`)
  }
  if (found.claim !== 'exact' || (upTo !== undefined && found.zxid !== upTo))
    throw new NotInBackup(
      `its files reach only to ${hex(found.zxid)}${upTo === undefined ? '' : `, not to ${hex(upTo)}`}`,
    )
  for await (const [key, znode] of found.state.znodes()) {
    const path = key === '' ? '/' : key
    if (wanted.wants(path)) wanted.add(backedUp(path, znode, found.rules))
  }
  return `the state at ${hex(found.zxid)}`
}

function backedUp(path: ByteString, { data, acl, ephemeralOwner, cversion }: Znode, rules: Rules): BackedUpZnode {
  return {
    path,
    data: data && Buffer.from(data),
    acl: (acl ?? []).map(entry => aclOf(entry)),
    lifetime: lifetimeOf(ephemeralOwner, rules),
    created: cversion,
  }
}

const aclOf = ({
  perms,
  scheme,
  id,
}: {
  readonly perms: number
  readonly scheme: Buffer
  readonly id: Buffer
}): AclEntry => ({
  perms,
  scheme: scheme.toString('latin1'),
  id: id.toString('latin1'),
})

function lifetimeOf(owner: bigint, rules: Rules): BackedUpZnode['lifetime'] {
  if (owner === 0n) return 'persistent'
  if (shownOwner(owner, rules) !== 0n) return 'ephemeral'
  return owner === CONTAINER_OWNER ? 'container' : 'ttl'
}
