// Quota counts: /zookeeper/quota/<path>/zookeeper_stats is rewritten by each server without a transaction, when it
// starts and at every change below <path> (DataTree.setupQuota, updateCount, updateBytes), so replay must do it too.

import type { Tree } from './tree.ts'

const QUOTAS = '/zookeeper/quota'
const LIMITS = '/zookeeper_limits'
const STATS = '/zookeeper_stats'

/** Sets every quota's count of znodes (itself included) and bytes of data as a server that read these files shows them. */
export function settleQuotas(tree: Tree): void {
  for (const path of [...tree.znodes.keys()]) {
    if (!path.startsWith(`${QUOTAS}/`) || !path.endsWith(LIMITS)) continue
    const limited = path.slice(QUOTAS.length, -LIMITS.length)
    const stats = tree.znodes.get(`${QUOTAS}${limited}${STATS}`)
    if (stats) stats.data = Buffer.from(usage(tree, limited))
  }
}

function usage(tree: Tree, limited: string): string {
  let count = 0
  let bytes = 0
  for (const [path, znode] of tree.znodes) {
    if (path !== limited && !path.startsWith(`${limited}/`)) continue
    count++
    bytes += znode.data?.length ?? 0
  }
  return `count=${count},bytes=${bytes}`
}
