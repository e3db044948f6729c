// Pins the object of a backup that a restore reads: where it is, and the digest of its bytes.
import { resolve } from 'node:path'
import { DcosctlError } from '../../errors.ts'
import type { BackupSource } from '../../plan/vocabulary.ts'
import type { Manifest } from '../../store/manifest.ts'
import type { World } from '../../world.ts'
import type { RestoreOptions } from './options.ts'

/**
 * @param name without the endings of compression and encryption, e.g. `marathon/groups.json`
 * @throws DcosctlError REFUSED where the backup does not hold it, USAGE where it is encrypted and no identity was given
 */
export async function pinnedSource(
  world: World,
  { backup, objects, absent }: Manifest,
  name: string,
  { identity }: Pick<RestoreOptions, 'identity'>,
): Promise<BackupSource> {
  const object = objects.find(each => each.name === `${name}.zst` || each.name === `${name}.zst.age`)
  if (!object) {
    const why = absent.map(({ what, why: because }) => `${what}: ${because}`).join('; ')
    throw new DcosctlError('REFUSED', {
      what: `${backup} holds no ${name}${why ? ` (not in it: ${why})` : ''}.`,
      state: 'Nothing was changed.',
      next: [`see what it holds:  dcosctl backup show ${backup}`, 'see the others:  dcosctl backup list'],
    })
  }
  if (object.name.endsWith('.age') && identity === undefined) {
    throw new DcosctlError('USAGE', {
      what: `${object.name} of ${backup} is encrypted.`,
      state: 'Nothing was touched.',
      next: ['name the age identity that opens it:  --identity FILE'],
    })
  }
  const { where: store } = await world.store()
  const opens = object.name.endsWith('.age') && identity !== undefined ? resolve(identity) : null
  return { store, backup, object: object.name, sha256: object.sha256, identity: opens }
}
