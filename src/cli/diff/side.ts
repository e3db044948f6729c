// One side of a comparison: a backup or the living cluster, with its ZooKeeper opened and its things read.
import { Readable } from 'node:stream'
import { jsonOf } from '../../actions/verify/json-of.ts'
import { because, DcosctlError } from '../../errors.ts'
import { decodeArchive } from '../../mesos/replicated-log/archive.ts'
import { NodeError } from '../../ssh/errors.ts'
import type { Content } from '../../store/manifest.ts'
import { StoreError } from '../../store/store.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import type { StateToCompare } from '../../zookeeper/files/diff-states.ts'
import { inspectLarge } from '../../zookeeper/files/large-state.ts'
import { spool } from '../../zookeeper/files/spool.ts'
import {
  flagThings,
  logThings,
  marathonThings,
  metronomeThings,
  registryThings,
  versionThings,
} from './known-things.ts'
import type { Things } from './things.ts'

/** An object of a backup, or the same read from the cluster. */
export interface SourceObject {
  readonly name: string
  readonly kind: string
  readonly plainBytes: number | undefined
  /** Known at once from a manifest, else once it was read to its end. */
  content(): Content
  open(): Promise<AsyncIterable<Uint8Array>>
}

export interface Source {
  /** The backup's name, or `live`. */
  readonly name: string
  readonly says: string
  readonly objects: readonly SourceObject[]
  /** By what they are of: `DC/OS`, `Mesos`. */
  readonly versions: Readonly<Record<string, string | undefined>>
}

interface OpenedState extends StateToCompare {
  readonly zxid: bigint
  readonly znodes: number
  readonly serverVersion: string
}

export interface Side {
  readonly name: string
  readonly says: string
  readonly zookeeper: OpenedState | undefined
  readonly things: readonly Things[]
}

/** @throws DcosctlError UNWELL where an object can't be understood or the state of ZooKeeper can't be proven; StoreError */
export async function openSide(source: Source, folder: string, say: (text: string) => void): Promise<Side> {
  let zookeeper: Side['zookeeper']
  const things: Things[] = []
  for (const object of source.objects) {
    say(`${source.name}: ${object.name}`)
    try {
      if (object.kind === 'zookeeper-files') zookeeper ??= await openState(object, folder)
      else things.push(...(await thingsOf(object)))
    } catch (error) {
      throw notUnderstood(source, object, error)
    }
  }
  const { name, says, versions } = source
  const ZooKeeper = zookeeper?.serverVersion
  return { name, says, zookeeper, things: [...versionThings({ ...versions, ZooKeeper }), ...things] }
}

async function thingsOf(object: SourceObject): Promise<readonly Things[]> {
  switch (object.kind) {
    case 'replicated-logs':
      return logThings(await decodeArchive(Readable.from(await object.open())))
    case 'mesos-registry':
      return registryThings(await jsonOf(await object.open()))
    case 'mesos-flags':
      return flagThings(await jsonOf(await object.open()))
    case 'marathon-groups':
      return marathonThings(await jsonOf(await object.open()))
    case 'metronome-jobs':
      return metronomeThings(await jsonOf(await object.open()))
    default:
      return []
  }
}

/** What the store, the disk or a node says is told by itself; everything else is about what is in the object. */
function notUnderstood({ name }: Source, object: SourceObject, error: unknown): unknown {
  const told = error instanceof StoreError || error instanceof DcosctlError || error instanceof NodeError
  if (told || (error instanceof Error && 'syscall' in error)) return error
  return new DcosctlError('UNWELL', {
    what: `${object.name} of ${name} can't be understood: ${because(error)}.`,
    state: 'Nothing was changed.',
    next: ['look closer:  dcosctl backup verify --open', 'take another one:  dcosctl backup list'],
    cause: error,
  })
}

async function openState(object: SourceObject, folder: string): Promise<OpenedState> {
  const files = await spool(await object.open(), folder)
  const { fuzzEnd, serverVersion } = object.content()
  const inspection = await inspectLarge(files, typeof fuzzEnd === 'string' ? { fuzzEnd: BigInt(fuzzEnd) } : {})
  if (inspection.claim === 'none') throw new Error(inspection.reason)
  const { state, rules, zxid, claim } = inspection
  if (claim !== 'exact') throw new Error(`it is whole only up to ${hex(zxid)}`)
  return { state, rules, zxid, znodes: state.totals.znodes, serverVersion: String(serverVersion) }
}

/** What a comparison reads; everything else of a backup is left where it is. */
export const wantedKinds: readonly string[] = [
  ...['zookeeper-files', 'replicated-logs', 'mesos-registry', 'mesos-flags', 'marathon-groups', 'metronome-jobs'],
]
