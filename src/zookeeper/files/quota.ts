// Quota counts: /zookeeper/quota/<path>/zookeeper_stats is rewritten by each server without a transaction, when it
// starts and at every change below <path> (DataTree.setupQuota, updateCount, updateBytes), so replay must do it too.

import type { Tree, Znode } from './tree.ts'

const QUOTAS = '/zookeeper/quota'
const LIMITS = '/zookeeper_limits'
const STATS = '/zookeeper_stats'

/** The paths that have a quota. */
export function limitedPaths(tree: Tree): string[] {
  const limits = [...tree.znodes.keys()].filter(path => path.startsWith(`${QUOTAS}/`) && path.endsWith(LIMITS))
  return limits.map(path => path.slice(QUOTAS.length, -LIMITS.length))
}

/** Whether a znode is kept up to date without transactions, or says for which one. */
export const isQuota = (path: string): boolean => path.startsWith(QUOTAS)

/** Counts what is at and below one path. */
export class Usage {
  readonly #limited: string
  #count = 0
  #bytes = 0

  constructor(limited: string) {
    this.#limited = limited
  }

  add(path: string, { data }: Pick<Znode, 'data'>): void {
    if (path !== this.#limited && !path.startsWith(`${this.#limited}/`)) return
    this.#count++
    this.#bytes += data?.length ?? 0
  }

  /** Sets the count of znodes (the limited one included) and bytes of data as a server that read these files shows them. */
  settle(tree: Tree): void {
    const stats = tree.znodes.get(`${QUOTAS}${this.#limited}${STATS}`)
    if (stats) stats.data = Buffer.from(`count=${this.#count},bytes=${this.#bytes}`)
  }
}

/** Sets every quota's counts. */
export function settleQuotas(tree: Tree): void {
  for (const limited of limitedPaths(tree)) {
    const usage = new Usage(limited)
    for (const [path, znode] of tree.znodes) usage.add(path, znode)
    usage.settle(tree)
  }
}
