// Refuses the options of a restore that mean something for ZooKeeper or the replicated logs alone.
import { DcosctlError } from '../../errors.ts'
import type { RestoreOptions } from './options.ts'

/** @throws DcosctlError USAGE */
export function onlyInPlace({ only, at, into, node }: RestoreOptions): void {
  const given = [
    ...(at === undefined ? [] : ['--at']),
    ...(into === undefined ? [] : ['--into']),
    ...(node === undefined ? [] : ['--node']),
  ]
  if (given.length === 0) return
  throw new DcosctlError('USAGE', {
    what: `${given.join(' and ')} can't be used with --only ${only.what}.`,
    state: 'Nothing was touched.',
    next: ['see:  dcosctl restore --help'],
  })
}
