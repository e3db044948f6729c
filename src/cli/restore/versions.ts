// The version of DC/OS that masters run: all the same one, and that of the backup.
import { DcosctlError } from '../../errors.ts'
import type { Manifest } from '../../store/manifest.ts'
import { nodeSays } from '../../survey/node.ts'
import { masterNames, type World } from '../../world.ts'
import { refuse } from './pinned.ts'
import { versionOfBackup } from './version-of-backup.ts'

export interface Versions {
  readonly now: string
  /** Undefined where the backup does not say. */
  readonly then: string | undefined
}

/** @throws DcosctlError REFUSED where masters can't be asked or differ, or the backup was taken of another version */
export async function versionsOf(world: World, backup: Manifest, identity: string | undefined): Promise<Versions> {
  const [now, then] = await Promise.all([versionOfMasters(world), versionOfBackup(world, backup, identity)])
  if (then !== undefined && then !== now)
    throw refuse(
      `${backup.backup} was taken of DC/OS ${then}, the masters run ${now}: a restored state fits no other version.`,
    )
  return { now, then }
}

/** @throws DcosctlError REFUSED where one can't be asked, or they differ */
export async function versionOfMasters(world: World): Promise<string> {
  const said = await Promise.all(
    masterNames(world).map(async node => ({ node, version: (await nodeSays(world, node)).version })),
  )
  const [first] = said
  if (first?.version !== undefined && said.every(({ version }) => version === first.version)) return first.version
  throw new DcosctlError('REFUSED', {
    what: `The masters do not run one version of DC/OS: ${said.map(({ node, version }) => `${node} ${version ?? 'an unknown one'}`).join(', ')}.`,
    state: 'Nothing was changed.',
    next: ['look closer:  dcosctl check'],
  })
}

export const sayVersions = ({ now, then }: Versions): string =>
  then === undefined
    ? `The backup does not say which DC/OS it was taken of; it must have been ${now}.`
    : `Backup and masters are of DC/OS ${now}; a restored state fits no other version.`
