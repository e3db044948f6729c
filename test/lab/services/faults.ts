// The faults of the simulated services by name. One is on while the file of that name exists in the node.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const faults = {
  'registrar-does-not-recover':
    'after its next start the master keeps its replica RECOVERING (recovered 0) until the fault is cleared',
  'agent-does-not-re-register':
    'an agent that lost its master, or was restarted, does not register until the fault is cleared',
  'script-does-nothing': 'the upgrade script exits 0 at once, without effect',
  'deployment-running': 'Marathon reports a deployment that does not end until the fault is cleared',
  'metronome-without-leader': 'Metronome answers that nobody leads',
  'iam-dump-fails': 'the dump of the IAM database ends with an error',
  'iam-dump-empty': 'the dump of the IAM database is empty, with exit 0',
  'checks-fail': 'the check runner reports a critical check and exits 2',
  html: 'the Mesos master answers every request with 200 and an HTML page',
  unauthorized: 'Mesos master and agent, Marathon, Metronome and Exhibitor answer every request with 401',
} as const

export type ServiceFault = keyof typeof faults

export const serviceFaults: readonly { name: string; says: string }[] = Object.entries(faults).map(([name, says]) => ({
  name,
  says,
}))

/** Where the file of a fault lies under the node's root. */
export const faultsFolder = 'var/lib/lab/faults'

/** Asked anew at every use, so that a fault works without a restart. */
export function faultIsOn(root: string, fault: ServiceFault): boolean {
  return existsSync(join(root, faultsFolder, fault))
}
