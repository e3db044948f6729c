// What is known of a backup after it was verified once more. Pure.
import { type Verified, type VerifiedLevel, verifiedLevels } from './verified.ts'

export interface Outcome {
  readonly backup: string
  readonly clusterId: string
  readonly at: string
  /** The highest one that was well; undefined where not even the bytes were. */
  readonly reached: VerifiedLevel | undefined
  readonly failed: { readonly level: VerifiedLevel; readonly why: string } | undefined
}

const rank = (level: VerifiedLevel): number => verifiedLevels.indexOf(level)

/** What was reached implies all levels below; what failed takes away all above. What was not asked this time stays as it was. */
export function verifiedAfter(before: Verified | undefined, outcome: Outcome): Verified {
  const { backup, clusterId, at, reached, failed } = outcome
  const now = verifiedLevels.map((level): readonly [VerifiedLevel, string | undefined] => {
    if (reached && rank(level) <= rank(reached)) return [level, at]
    if (failed && rank(level) >= rank(failed.level)) return [level, undefined]
    return [level, before?.reached[level]]
  })
  const stillFailed = before?.failed && (!reached || rank(before.failed.level) > rank(reached)) ? before.failed : null
  return {
    format: 'dcosctl-verified',
    version: 1,
    backup,
    clusterId,
    reached: Object.fromEntries(now.filter(([, when]) => when !== undefined)),
    failed: failed ? { at, level: failed.level, why: failed.why.slice(0, mostWhy) } : stillFailed,
  }
}

/** A record is small; the whole story was told when it happened. */
const mostWhy = 2000

/** The highest level that is known, and since when. */
export function highestOf({ reached }: Verified): { readonly level: VerifiedLevel; readonly at: string } | undefined {
  const level = verifiedLevels.findLast(each => reached[each] !== undefined)
  const at = level && reached[level]
  return level && at ? { level, at } : undefined
}
