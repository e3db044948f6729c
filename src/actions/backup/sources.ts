// Where the bytes of each object of a backup come from, and what is learned of them on the way. Nothing is held whole but small JSON.
import type { BackupObject } from '../../plan/vocabulary.ts'
import type { Content } from '../../store/manifest.ts'
import type { World } from '../../world.ts'
import { marathonGroups, marathonInfo, mesosFlags, mesosRegistry, mesosState } from './json-source.ts'
import { nodeFiles } from './node-files.ts'
import { replicatedLogs } from './replicated-logs.ts'
import { zookeeperFiles } from './zookeeper-files.ts'

export interface Source {
  /** Throws while it is read if its content does not decode. */
  readonly plain: AsyncIterable<Uint8Array>
  /** Asked for once `plain` has ended. */
  content(): Content
}

export type OpenSource = (world: World, object: BackupObject, signal: AbortSignal) => Promise<Source>

const sources: { readonly [W in BackupObject['what']]: OpenSource } = {
  'zookeeper-files': zookeeperFiles,
  'replicated-logs': replicatedLogs,
  'mesos-registry': mesosRegistry,
  'mesos-state': mesosState,
  'mesos-flags': mesosFlags,
  'marathon-groups': marathonGroups,
  'marathon-info': marathonInfo,
  'node-files': nodeFiles,
}

export const sourceOf: OpenSource = (world, object, signal) => sources[object.what](world, object, signal)

/** Milliseconds without a byte after which a stream from a node is given up. */
export const idleWithin = 60_000
