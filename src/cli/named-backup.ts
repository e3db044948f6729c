// The backup that a command is about: the one that was named, else the newest.
import { DcosctlError } from '../errors.ts'
import { type Cluster, newestFirst, readManifest } from '../store/backups.ts'
import type { Manifest } from '../store/manifest.ts'
import type { Store } from '../store/store.ts'

/** @throws DcosctlError UNWELL where there is none. */
export async function newestName(store: Store, cluster: Cluster): Promise<string> {
  for await (const seen of newestFirst(store, cluster)) {
    if (seen.is === 'whole') return seen.manifest.backup
    if (seen.is === 'damaged') return seen.backup
  }
  throw noBackup(store, cluster)
}

export const noBackup = (store: Store, cluster: Cluster): DcosctlError =>
  new DcosctlError('UNWELL', {
    what: `There is no backup of ${cluster.name} in ${store.where}.`,
    state: 'Nothing was changed.',
    next: ['take one:  dcosctl backup'],
  })

/** @throws DcosctlError UNWELL where it is missing, damaged or of another cluster. */
export async function readableBackup(store: Store, cluster: Cluster, named: string | undefined): Promise<Manifest> {
  const backup = named ?? (await newestName(store, cluster))
  const seen = await readManifest(store, cluster.name, backup)
  const refuse = (what: string) =>
    new DcosctlError('UNWELL', {
      what,
      state: `Nothing was changed in ${store.where}.`,
      next: ['see all:  dcosctl backup list'],
    })
  if (!('manifest' in seen)) throw refuse(`${backup}: ${seen.problem}.`)
  if (seen.manifest.cluster.id !== cluster.id)
    throw refuse(`${backup} is of another cluster (${seen.manifest.cluster.id}).`)
  return seen.manifest
}
