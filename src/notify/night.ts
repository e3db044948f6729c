// What one backup came to, as it is told to those who were not there. Pure data.
import type { Code } from '../errors.ts'

export type Moment = 'start' | 'success' | 'failure' | 'skipped'

/** A backup that is whole: what it is worth to know of it without its store. */
export interface GoodBackup {
  readonly backup: string
  readonly started: string
  readonly finished: string
  readonly bytes: number
  readonly objects: number
  readonly level: 'decoded' | 'stored'
}

/** How a backup ended, in the least that metrics need. */
interface Over {
  readonly started: string
  readonly ended: string
  readonly exit: number
}

export interface Begun {
  readonly cluster: { readonly name: string; readonly id: string }
  readonly host: string
  readonly started: string
  /** The one before it, so that its figures do not vanish while this one is under way. */
  readonly previous?: Over
}

export interface Ended extends Begun, Over {
  /** DONE, or the name of the ending. */
  readonly code: 'DONE' | Code
  readonly what: string
  readonly state?: string
  readonly next: readonly string[]
  /** Of this cluster, the one just taken included; null where there is none, undefined where nobody knows. */
  readonly newest: GoodBackup | null | undefined
}

export function momentOf(night: Begun | Ended): Moment {
  if (!('code' in night)) return 'start'
  return night.code === 'DONE' ? 'success' : night.code === 'SKIPPED' ? 'skipped' : 'failure'
}

export const secondsOf = ({ started, ended }: { readonly started: string; readonly ended: string }): number =>
  Math.max(0, (Date.parse(ended) - Date.parse(started)) / 1000)
