// Where the bytes of each object of a backup come from, and what is learned of them on the way. Nothing is held whole but small JSON.
import type { BackupObject } from '../../plan/vocabulary.ts'
import { marathonGroups, marathonInfo, mesosFlags, mesosRegistry, mesosState } from './json-source.ts'
import { nodeFiles } from './node-files.ts'
import { replicatedLogs } from './replicated-logs.ts'
import type { OpenSource } from './source.ts'
import { zookeeperFiles } from './zookeeper-files.ts'
import { zookeeperZnodes } from './zookeeper-znodes.ts'

const sources: { readonly [W in BackupObject['what']]: OpenSource } = {
  'zookeeper-files': zookeeperFiles,
  'zookeeper-znodes': zookeeperZnodes,
  'replicated-logs': replicatedLogs,
  'mesos-registry': mesosRegistry,
  'mesos-state': mesosState,
  'mesos-flags': mesosFlags,
  'marathon-groups': marathonGroups,
  'marathon-info': marathonInfo,
  'node-files': nodeFiles,
}

export const sourceOf: OpenSource = (world, object, signal) => sources[object.what](world, object, signal)
