// The object of a backup that a restore reads, pinned; and how a refusal before the start reads.
import { DcosctlError } from '../../errors.ts'
import type { BackupSource } from '../../plan/vocabulary.ts'
import type { BackupObject, Manifest } from '../../store/manifest.ts'
import { identityFrom } from './identity.ts'
import type { RestoreOptions } from './options.ts'

export const refuse = (what: string, ...next: readonly string[]): DcosctlError =>
  new DcosctlError('REFUSED', { what, state: 'Nothing was changed.', next })

/** The only object of its kind. @throws DcosctlError REFUSED where the backup has none, USAGE where it is encrypted and no identity is named */
export function pinned(
  store: string,
  { backup, objects }: Manifest,
  kind: string,
  options: Pick<RestoreOptions, 'identity'>,
): { readonly source: BackupSource; readonly object: BackupObject } {
  const object = objects.find(({ content }) => content.kind === kind)
  if (!object) throw refuse(`${backup} holds no ${kind}.`, `see what it holds:  dcosctl backup show ${backup}`)
  const identity = identityFrom(object.name, options)
  return { source: { store, backup, object: object.name, sha256: object.sha256, identity }, object }
}
