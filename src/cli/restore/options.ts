// What a person asked a restore for, read from the command line.
import { DcosctlError } from '../../errors.ts'
import type { Acceptance } from '../../plan/types.ts'

/** What is restored: `--only`. */
export type Only =
  | { readonly what: 'zookeeper' }
  | { readonly what: 'path'; readonly path: string }
  | { readonly what: 'replicated-log' }
  | { readonly what: 'marathon'; readonly group: string }
  | { readonly what: 'metronome' }

/** How what is there is treated: what only the cluster has stays (merge, overwrite) or goes (mirror); what both have is kept (merge) or set. */
export type How = 'merge' | 'overwrite' | 'mirror'

export interface RestoreOptions {
  readonly only: Only
  /** Within the logs of the backup: a zxid, or a moment by the leader's clock. */
  readonly at: { readonly zxid: bigint } | { readonly time: Date } | undefined
  /** Where else a subtree goes. */
  readonly into: string | undefined
  readonly how: How
  /** One lost master whose replicated logs are emptied, so that it catches up from the others. */
  readonly node: string | undefined
  /** Path of an age identity. */
  readonly identity: string | undefined
  readonly accepted: readonly Acceptance[]
}

/** @throws DcosctlError USAGE */
export function parseOnly(word: string): Only {
  if (word === 'zookeeper' || word === 'replicated-log' || word === 'metronome') return { what: word }
  if (word === 'marathon') return { what: 'marathon', group: '/' }
  const [, what, path] = /^(path|marathon):(\/.*)$/.exec(word) ?? []
  if (what === 'path' && path) return { what, path: path.length > 1 ? path.replace(/\/$/, '') : path }
  if (what === 'marathon' && path) return { what, group: path.length > 1 ? path.replace(/\/$/, '') : path }
  throw new DcosctlError('USAGE', {
    what: `--only says ${word}.`,
    state: 'Nothing was touched.',
    next: ['one of these:  zookeeper, path:/a/znode, replicated-log, marathon, marathon:/a/group, metronome'],
  })
}

/** @throws DcosctlError USAGE */
export function parseAt(word: string): NonNullable<RestoreOptions['at']> {
  if (/^0x[0-9a-f]{1,16}$/i.test(word)) return { zxid: BigInt(word) }
  const time = new Date(word)
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(word) && !Number.isNaN(time.getTime())) return { time }
  throw new DcosctlError('USAGE', {
    what: `--at says ${word}.`,
    state: 'Nothing was touched.',
    next: ['a zxid:  --at 0x10000005d', 'or a moment by the leader’s clock:  --at 2026-11-20T02:00:00Z'],
  })
}
