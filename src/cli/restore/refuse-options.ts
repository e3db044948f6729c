// Options that mean nothing for a kind of restore are refused: whoever wrote them meant something.
import { DcosctlError } from '../../errors.ts'
import type { RestoreOptions } from './options.ts'

/** @throws DcosctlError USAGE naming the first one */
export function refuseOptions(options: RestoreOptions, unfit: readonly ('at' | 'into' | 'node')[]): void {
  const [named] = unfit.filter(option => options[option] !== undefined)
  if (named === undefined) return
  throw new DcosctlError('USAGE', {
    what: `--${named} means nothing with --only ${options.only.what}.`,
    state: 'Nothing was touched.',
  })
}
