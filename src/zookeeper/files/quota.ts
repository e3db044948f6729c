// Quota counts: /zookeeper/quota/<path>/zookeeper_stats is rewritten by each server without a transaction, when it
// starts and at every change below <path> (DataTree.setupQuota, updateCount, updateBytes), so replay must do it too.

import { Span } from './span.ts'
import type { Tree } from './tree.ts'

const QUOTAS = '/zookeeper/quota'
const QUOTA_BYTES = Buffer.from(QUOTAS)
const LIMITS = '/zookeeper_limits'
const STATS = '/zookeeper_stats'

/** The paths that have a quota. */
export function limitedPaths(tree: Tree): string[] {
  const limited: string[] = []
  for (const handle of tree.znodes.handles()) {
    if (!isQuota(tree.znodes.path(handle))) continue
    const key = tree.znodes.key(handle)
    if (key.startsWith(`${QUOTAS}/`) && key.endsWith(LIMITS)) limited.push(key.slice(QUOTAS.length, -LIMITS.length))
  }
  return limited
}

/** Whether a znode is kept up to date without transactions, or says for which one. */
export const isQuota = (path: Span): boolean => path.startsWith(QUOTA_BYTES)

/** Counts what is at and below one path. */
export class Usage {
  readonly #key: string
  readonly #limited: Buffer
  #count = 0
  #bytes = 0

  constructor(limited: string) {
    this.#key = limited
    this.#limited = Buffer.from(limited, 'latin1')
  }

  add(path: Span, dataBytes: number): void {
    if (!path.startsWith(this.#limited)) return
    if (path.length > this.#limited.length && path.bytes[path.start + this.#limited.length] !== 0x2f) return
    this.#count++
    this.#bytes += dataBytes
  }

  addAll({ znodes }: Tree): void {
    for (const handle of znodes.handles()) this.add(znodes.path(handle), znodes.dataBytes(handle))
  }

  /** Sets the count of znodes (the limited one included) and bytes of data as a server that read these files shows them. */
  settle(tree: Tree): void {
    const stats = tree.znodes.findKey(`${QUOTAS}${this.#key}${STATS}`)
    const data = Buffer.from(`count=${this.#count},bytes=${this.#bytes}`)
    if (stats !== 0) tree.znodes.setData(stats, new Span(data, 0, data.length))
  }
}

/** Sets every quota's counts. */
export function settleQuotas(tree: Tree): void {
  for (const limited of limitedPaths(tree)) {
    const usage = new Usage(limited)
    usage.addAll(tree)
    usage.settle(tree)
  }
}
