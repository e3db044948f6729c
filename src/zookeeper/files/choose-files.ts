// Which snapshots and logs a state needs, by their names alone. Facts: the name's zxid (hex) is a snapshot's last
// transaction when its writing started, and a log's first record (apache/zookeeper persistence/Util.java).

export type Compression = 'none' | 'gzip' | 'snappy'

export interface SnapshotName {
  readonly file: string
  readonly zxid: bigint
  readonly compression: Compression
}

export interface LogName {
  readonly file: string
  readonly zxid: bigint
}

/** Snapshots and logs among the files, each in ascending order; what is named otherwise is left out. */
export function dataFiles(files: readonly string[]): { snapshots: SnapshotName[]; logs: LogName[] } {
  const snapshots: SnapshotName[] = []
  const logs: LogName[] = []
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1)
    const [, kind, digits = '', suffix] = /^(snapshot|log)\.([0-9a-f]{1,16})(\.gz|\.snappy)?$/.exec(name) ?? []
    const zxid = BigInt(`0x${digits || '0'}`)
    if (kind === 'log' && suffix === undefined) logs.push({ file, zxid })
    if (kind === 'snapshot') {
      snapshots.push({ file, zxid, compression: suffix === '.gz' ? 'gzip' : suffix === '.snappy' ? 'snappy' : 'none' })
    }
  }
  const ascending = (a: LogName, b: LogName) => (a.zxid < b.zxid ? -1 : a.zxid > b.zxid ? 1 : a.file < b.file ? -1 : 1)
  return { snapshots: snapshots.sort(ascending), logs: logs.sort(ascending) }
}

/**
 * The logs (ascending) that a state built on `base` needs: the last one named at most base + 1, which holds the record
 * behind the base, and all later ones. A log's roll does not fall on the snapshot.
 */
export function neededLogs(logs: readonly LogName[], base: bigint): readonly LogName[] {
  const first = logs.findLastIndex(log => log.zxid <= base + 1n)
  return logs.slice(Math.max(first, 0))
}

/** Whether `next` can come right behind `zxid`: one more, or the first of a later epoch (its counter starts at 1). */
export function follows(zxid: bigint, next: bigint): boolean {
  return next === zxid + 1n || (next >> 32n > zxid >> 32n && (next & 0xffff_ffffn) === 1n)
}

/** The earlier of two zxids. */
export function earlier(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

/** The later of two zxids. */
export function later(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}
