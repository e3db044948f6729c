// Which state of a backup is meant by `--at`, and whether it is to be had. Pure.
import type { BackupObject } from '../../../store/manifest.ts'
import { hex } from '../../../zookeeper/files/damage.ts'
import type { Moments } from '../../../zookeeper/files/moments.ts'
import type { RestoreOptions } from '../options.ts'
import { refuse } from '../pinned.ts'

export interface At {
  readonly zxid: bigint
  /** ms, of its last transaction. */
  readonly time: number | undefined
  /** What is known of the copy's fuzz end; undefined where the state is before what the server reported, and the files themselves must prove it. */
  readonly fuzzEnd: bigint | undefined
}

/** @throws DcosctlError REFUSED naming the range that is to be had, or both states where a clock stepped back around the moment */
export function atOf(asked: RestoreOptions['at'], { exactAt, fuzzEnd }: BackupObject['content'], moments: Moments): At {
  const end = typeof exactAt === 'string' ? BigInt(exactAt) : moments.last
  const reported = typeof fuzzEnd === 'string' ? BigInt(fuzzEnd) : undefined
  if (asked === undefined) return { zxid: end, time: moments.lastTime, fuzzEnd: reported }
  const zxid = 'zxid' in asked ? moments.asked.zxid : ofMoment(asked.time, moments)
  const wanted = 'zxid' in asked ? asked.zxid : zxid
  if (zxid < moments.earliest || wanted > end)
    throw refuse(`${sayAsked(asked)} is not in this backup: ${range(end, moments)}.`)
  const isAsked = 'zxid' in asked
  return {
    zxid,
    time: isAsked ? moments.asked.time : asked.time.getTime(),
    fuzzEnd: reported !== undefined && zxid >= reported ? reported : undefined,
  }
}

function ofMoment(time: Date, { before: [strict, loose], lastTime }: Moments): bigint {
  if (lastTime !== undefined && time.getTime() > lastTime + 3_600_000)
    throw refuse(`${time.toISOString()} is more than an hour behind the last change that the backup knows.`)
  if (strict === loose) return strict
  throw refuse(
    `The leaders' clocks stepped back around ${time.toISOString()}: it may mean ${hex(strict)} or ${hex(loose)}.`,
    `say which:  --at ${hex(strict)}`,
    `or:  --at ${hex(loose)}`,
  )
}

const sayAsked = (asked: NonNullable<RestoreOptions['at']>): string =>
  'zxid' in asked ? hex(asked.zxid) : asked.time.toISOString()

function range(end: bigint, { earliest, earliestTime, lastTime }: Moments): string {
  const at = (zxid: bigint, time: number | undefined) =>
    `${hex(zxid)}${time === undefined ? '' : ` (${new Date(time).toISOString()})`}`
  return `its states go from ${at(earliest, earliestTime)} to ${at(end, lastTime)}`
}
