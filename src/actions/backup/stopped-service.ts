// The two services that a backup may stop for a moment on one master, and where their files are copied to on its disk.
import { masterWorkDir } from '../../mesos/replicated-log/hot-copy.ts'
import type { StoppedService } from '../../plan/vocabulary.ts'
import { DCOS_ZOOKEEPER_ROOT } from '../../zookeeper/files/hot-copy.ts'

export interface Stopped {
  readonly unit: string
  /** Hard links need the same disk, so copies stay beside the data. */
  readonly root: string
  readonly says: string
}

export const stoppedServices: { readonly [S in StoppedService]: Stopped } = {
  zookeeper: { unit: 'dcos-exhibitor', root: DCOS_ZOOKEEPER_ROOT, says: 'ZooKeeper' },
  'mesos-master': { unit: 'dcos-mesos-master', root: masterWorkDir, says: 'the Mesos master' },
}

/** Begins with a dot, so that neither service takes it for its own. */
export const copyPrefix = '.dcosctl-stopped-copy.'

export const copyFolder = (service: StoppedService, run: string): string =>
  `${stoppedServices[service].root}/${copyPrefix}${run}`
