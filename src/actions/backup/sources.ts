// Where the bytes of each object of a backup come from, and what is learned of them on the way. Nothing is held whole but small JSON.
import type { BackupObject } from '../../plan/vocabulary.ts'
import { bootstrapGenconf } from './bootstrap-genconf.ts'
import { etcd } from './etcd.ts'
import { iamDatabase } from './iam-database.ts'
import {
  marathonGroups,
  marathonInfo,
  mesosFlags,
  mesosMaintenanceSchedule,
  mesosMaintenanceStatus,
  mesosQuota,
  mesosRegistry,
  mesosRoles,
  mesosState,
  mesosWeights,
  metronomeJobs,
  overlayState,
} from './json-source.ts'
import { nodeFiles } from './node-files.ts'
import { replicatedLogs, replicatedLogsStopped } from './replicated-logs.ts'
import type { OpenSource } from './source.ts'
import { zookeeperFiles, zookeeperFilesAtRest, zookeeperFilesStopped } from './zookeeper-files.ts'
import { zookeeperZnodes } from './zookeeper-znodes.ts'

const sources: { readonly [W in BackupObject['what']]: OpenSource } = {
  'zookeeper-files': zookeeperFiles,
  'zookeeper-files-at-rest': zookeeperFilesAtRest,
  'zookeeper-files-stopped': zookeeperFilesStopped,
  'zookeeper-znodes': zookeeperZnodes,
  'replicated-logs': replicatedLogs,
  'replicated-logs-stopped': replicatedLogsStopped,
  'mesos-registry': mesosRegistry,
  'mesos-state': mesosState,
  'mesos-flags': mesosFlags,
  'mesos-roles': mesosRoles,
  'mesos-quota': mesosQuota,
  'mesos-weights': mesosWeights,
  'mesos-maintenance-schedule': mesosMaintenanceSchedule,
  'mesos-maintenance-status': mesosMaintenanceStatus,
  'overlay-state': overlayState,
  'marathon-groups': marathonGroups,
  'marathon-info': marathonInfo,
  'metronome-jobs': metronomeJobs,
  'iam-database': iamDatabase,
  etcd,
  'node-files': nodeFiles,
  'bootstrap-genconf': bootstrapGenconf,
}

export const sourceOf: OpenSource = (world, object, signal, run) => sources[object.what](world, object, signal, run)
