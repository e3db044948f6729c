// Which transaction a moment means, and when a transaction was: by the leaders' clocks, which may step back.

import { checkSnapshot, plainSnapshot } from './check-snapshot.ts'
import { dataFiles, later, neededLogs } from './choose-files.ts'
import { followLogs } from './follow-logs.ts'
import type { DataFiles } from './inspect.ts'

/** Clocks of DC/OS' masters differ by less than this, or ZooKeeper is not started (dcos-exhibitor's check of the time). */
const CLOCKS_DIFFER_MS = 10_000

/** What the logs of one copy say, without keeping it: a question is answered as they stream by. */
export interface Moments {
  /** The first state that can be proven. Before it, transactions are partly in the snapshot. */
  readonly earliest: bigint
  readonly earliestTime: number | undefined
  readonly last: bigint
  readonly lastTime: number | undefined
  /** The last transaction that is not behind the zxid asked for, and its time, ms. */
  readonly asked: { readonly zxid: bigint; readonly time: number | undefined }
  /**
   * For a moment asked for: the last transaction before the first one that is later; and the last one of all that is not later, which is another
   * one where a clock stepped back around it.
   */
  readonly before: readonly [strict: bigint, loose: bigint]
}

export interface Question {
  /** Known of the copy: the last transaction that may be partly in its snapshot. */
  readonly fuzzEnd: bigint
  readonly upTo: bigint | undefined
  /** ms */
  readonly moment: number | undefined
}

/** Of a copy with one snapshot, as a backup has it. @throws DamagedFile, or what reading throws */
export async function momentsOf(files: DataFiles, { fuzzEnd, upTo, moment }: Question): Promise<Moments> {
  const { snapshots, logs } = dataFiles(files.names)
  const snapshot = snapshots.at(-1)
  const base = snapshot?.zxid ?? (logs[0]?.zxid ?? 1n) - 1n
  const known = snapshot && (await fuzzOf(files, snapshot))
  const changedAt = snapshot && files.changedAt?.(snapshot.file)
  let earliest: { zxid: bigint; time: number | undefined } | undefined
  let last: { zxid: bigint; time: number | undefined } = { zxid: base, time: undefined }
  let asked = last
  let strict = base
  let loose = base
  let isPast = false
  const onTransaction = ({ zxid, time }: { zxid: bigint; time: number }) => {
    const settled = known?.recorded ? zxid >= known.end : changedAt !== undefined && time > changedAt + CLOCKS_DIFFER_MS
    if (!earliest && (settled || zxid >= fuzzEnd)) earliest = { zxid: later(zxid, known?.end ?? 0n), time }
    last = { zxid, time }
    if (upTo === undefined || zxid <= upTo) asked = last
    if (moment === undefined) return
    isPast ||= time > moment
    if (!isPast) strict = zxid
    if (time <= moment) loose = zxid
  }
  await followLogs({ base, logs: neededLogs(logs, base), open: files.open, onTransaction })
  return {
    earliest: earliest?.zxid ?? fuzzEnd,
    earliestTime: earliest?.time,
    last: last.zxid,
    lastTime: last.time,
    asked,
    before: [strict, loose],
  }
}

/** Up to where the snapshot's own content goes; `recorded`: it says so itself (3.6 and later). */
async function fuzzOf(
  files: DataFiles,
  { file, zxid, compression }: ReturnType<typeof dataFiles>['snapshots'][number],
) {
  const { seal, latestSeen } = await checkSnapshot(plainSnapshot(files.open(file), compression))
  const digest = seal.digest?.zxid ?? 0n
  const recorded = digest > 0n && digest >= zxid
  return { recorded, end: later(recorded ? digest : zxid, latestSeen) }
}
