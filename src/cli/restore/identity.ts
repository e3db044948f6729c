// The identity that opens an encrypted object, as a path that a resume finds from any folder.
import { resolve } from 'node:path'
import { DcosctlError } from '../../errors.ts'
import type { RestoreOptions } from './options.ts'

/** @throws DcosctlError USAGE where one is needed and none is named */
export function identityFrom(object: string, { identity }: Pick<RestoreOptions, 'identity'>): string | null {
  if (!object.endsWith('.age')) return null
  if (identity !== undefined) return resolve(identity)
  throw new DcosctlError('USAGE', {
    what: `${object} is encrypted, and no identity is named.`,
    state: 'Nothing was touched.',
    next: ['name the file that opens it:  --identity FILE'],
  })
}
