// The object of a backup that a restore reads, pinned; and how a refusal before the start reads.
import { DcosctlError } from '../../errors.ts'
import type { BackupSource } from '../../plan/vocabulary.ts'
import type { BackupObject, Manifest } from '../../store/manifest.ts'
import { identityFrom } from './identity.ts'
import type { RestoreOptions } from './options.ts'

export const refuse = (what: string, ...next: readonly string[]): DcosctlError =>
  new DcosctlError('REFUSED', { what, state: 'Nothing was changed.', next })

export interface Pinned {
  readonly source: BackupSource
  readonly object: BackupObject
}

/** All objects of a kind, at least one. @throws DcosctlError REFUSED where the backup has none, USAGE where one is encrypted and no identity is named */
export function pinnedAll(
  store: string,
  { backup, objects }: Manifest,
  kind: string,
  options: Pick<RestoreOptions, 'identity'>,
): readonly [Pinned, ...Pinned[]] {
  const found = objects
    .filter(({ content }) => content.kind === kind)
    .map((object): Pinned => ({ source: sourceOf(store, backup, object, options), object }))
  const [first, ...others] = found
  if (first) return [first, ...others]
  throw refuse(`${backup} holds no ${kind}.`, `see what it holds:  dcosctl backup show ${backup}`)
}

/**
 * The one of that name, without the endings of compression and encryption, e.g. `marathon/groups.json`.
 * @throws as `pinnedAll`
 */
export function pinnedNamed(
  store: string,
  { backup, objects, absent }: Manifest,
  name: string,
  options: Pick<RestoreOptions, 'identity'>,
): BackupSource {
  const object = objects.find(each => each.name === `${name}.zst` || each.name === `${name}.zst.age`)
  if (object) return sourceOf(store, backup, object, options)
  const why = absent.map(({ what, why: because }) => `${what}: ${because}`).join('; ')
  throw refuse(
    `${backup} holds no ${name}${why ? ` (not in it: ${why})` : ''}.`,
    `see what it holds:  dcosctl backup show ${backup}`,
    'see the others:  dcosctl backup list',
  )
}

const sourceOf = (
  store: string,
  backup: string,
  object: BackupObject,
  options: Pick<RestoreOptions, 'identity'>,
): BackupSource => ({
  ...{ store, backup, object: object.name, sha256: object.sha256 },
  identity: identityFrom(object.name, options),
})

/** The only one of its kind. @throws as `pinnedAll` */
export const pinned = (...named: Parameters<typeof pinnedAll>): Pinned => pinnedAll(...named)[0]
