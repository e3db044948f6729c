// What a swap replaces on a master, where it lies, and what must be stopped for it. Pure.
import type { Replaced } from '../../../plan/vocabulary.ts'
import { escapeName } from '../../../ssh/step-name.ts'
import { DCOS_ZOOKEEPER_ROOT } from '../../../zookeeper/files/hot-copy.ts'

export interface Places {
  readonly unit: string
  /** What the unit serves is reached here; nobody may listen while it is stopped. */
  readonly port: number
  readonly root: string
  /** Folders below the root that are replaced, and their names while they lie aside. */
  readonly folders: readonly { readonly at: string; readonly name: string }[]
  /**
   * Whether a master that is ready for the new data, and does not know whether another one has it already, must wait for a person. ZooKeeper need not:
   * the new data has the highest epoch, so that whoever comes back with the old is given the new by the others (apache/zookeeper FastLeaderElection,
   * totalOrderPredicate). A replicated log has no such order: an old copy beside a new one breaks what its replicas have promised each other.
   */
  readonly waits: boolean
}

/** dcos/dcos packages/exhibitor/extra/start_exhibitor.py; gen/dcos-config.yaml (MESOS_WORK_DIR). */
const all: { readonly [R in Replaced]: Places } = {
  zookeeper: {
    unit: 'dcos-exhibitor.service',
    port: 2181,
    root: DCOS_ZOOKEEPER_ROOT,
    folders: [
      { at: 'snapshot/version-2', name: 'snapshot' },
      { at: 'transactions/version-2', name: 'transactions' },
    ],
    waits: false,
  },
  'replicated-log': {
    unit: 'dcos-mesos-master.service',
    port: 5050,
    root: '/var/lib/dcos/mesos/master',
    folders: [
      { at: 'replicated_log', name: 'replicated_log' },
      { at: 'overlay_replicated_log', name: 'overlay_replicated_log' },
    ],
    waits: true,
  },
}

export const placesOf = (what: Replaced): Places => all[what]

/** Beside the data, on its file system, so that a swap is renames. */
export const folderOf = (what: Replaced, run: string): string => `${all[what].root}/.dcosctl-restore-${escapeName(run)}`
