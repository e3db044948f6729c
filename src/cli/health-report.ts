// How the answers of the health checks are shown. Pure.
import { DcosctlError } from '../errors.ts'
import { paint } from './colours.ts'
import type { Asked } from './health.ts'
import { table } from './table.ts'

export function checkTable(checks: readonly Asked[], colours: boolean): string {
  const rows = checks.map(({ id, well, saw }) => [
    well ? paint.green('well', colours) : paint.red('NOT WELL', colours),
    id,
    saw,
  ])
  return table(['', 'check', 'seen'], rows, [9, 20], colours)
}

/** The ending of a check that found something; undefined when all is well. */
export function unwell(cluster: string, checks: readonly Asked[]): DcosctlError | undefined {
  const wrong = checks.filter(({ well }) => !well)
  if (wrong.length === 0) return undefined
  return new DcosctlError('UNWELL', {
    what: `${wrong.length} of ${checks.length} checks of ${cluster} are not well: ${wrong.map(({ id }) => id).join(', ')}.`,
    state: 'Nothing was changed: checks only read.',
    next: [...new Set(wrong.flatMap(({ remedy }) => (remedy ? [remedy] : [])))],
  })
}
