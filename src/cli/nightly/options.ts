// What the flags of a backup that runs by itself mean.
import { hostname } from 'node:os'
import { parseDuration } from '../../config/duration.ts'
import { DcosctlError } from '../../errors.ts'
import { stagger } from '../../schedule/stagger.ts'
import type { WhenBusy } from '../backup-plan.ts'

interface NightFlags {
  readonly 'skip-if-busy'?: boolean | undefined
  readonly 'wait-if-busy'?: string | undefined
  readonly 'start-within'?: string | undefined
}

/** @throws DcosctlError USAGE */
export function whenBusy(flags: NightFlags): WhenBusy {
  const wait = flags['wait-if-busy']
  if (wait !== undefined) return { is: 'skip', within: durationOf('wait-if-busy', wait) }
  return flags['skip-if-busy'] ? { is: 'skip', within: 0 } : { is: 'refuse' }
}

/** Seconds. @throws DcosctlError USAGE */
export function startsAfter(flags: NightFlags, clusterId: string): number {
  const within = flags['start-within']
  return within === undefined ? 0 : stagger(clusterId, hostname(), durationOf('start-within', within))
}

/** Seconds. @throws DcosctlError USAGE */
export function durationOf(flag: string, text: string): number {
  const seconds = parseDuration(text)
  if (seconds !== undefined) return seconds
  throw new DcosctlError('USAGE', {
    what: `--${flag} ${text} is not a duration such as 90s, 10m or 1h30m.`,
    state: 'Nothing was touched.',
  })
}
