// Where the simulated bootstrap host serves the upgrade script from one version to another.
import { createHash } from 'node:crypto'

/** What the lab upgrades to. */
export const newestVersion = '2.2.1'

/** `/upgrade/<32 hex>/dcos_node_upgrade.sh`; the same for the same versions (the real one is new at each generation). */
export function upgradeScriptPath(from: string, to: string): string {
  return `/upgrade/${createHash('md5').update(`${from} ${to}`).digest('hex')}/dcos_node_upgrade.sh`
}
