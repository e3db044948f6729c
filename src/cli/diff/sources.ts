// Where the two sides of a comparison come from: a backup's objects through the store, or the same objects read from the cluster now.
import { backupObjects } from '../../../runbooks/backup.ts'
import { sourceOf } from '../../actions/backup/sources.ts'
import { openerFor } from '../../config/identity-file.ts'
import { DcosctlError } from '../../errors.ts'
import { marathonInfo } from '../../marathon/marathon.ts'
import { masterVersion } from '../../mesos/master.ts'
import type { Manifest } from '../../store/manifest.ts'
import { openObject } from '../../store/open-object.ts'
import type { Store } from '../../store/store.ts'
import { survey } from '../../survey/survey.ts'
import { serviceOn, type World } from '../../world.ts'
import { readableBackup } from '../named-backup.ts'
import { type Source, type SourceObject, wantedKinds } from './side.ts'

/** @throws DcosctlError USAGE where it is encrypted and there is no identity; UNWELL where it is no backup of this cluster */
export async function backupSource(
  world: World,
  store: Store,
  name: string,
  identity: string | undefined,
): Promise<Source> {
  const { cluster } = world.file
  const manifest = await readableBackup(store, cluster, name)
  if (manifest.encryption !== 'none' && identity === undefined) {
    throw new DcosctlError('USAGE', {
      what: `${name} is encrypted, and no identity was given to open it.`,
      state: 'Nothing was touched.',
      next: ['name the file that age-keygen wrote:  --identity FILE'],
    })
  }
  const decrypt = identity === undefined ? undefined : await openerFor(identity)
  return {
    name,
    says: `${name}, taken ${manifest.finished}`,
    versions: versionsIn(manifest),
    objects: manifest.objects
      .map(
        (object): SourceObject => ({
          name: object.name,
          kind: String(object.content.kind),
          plainBytes: object.plainBytes,
          content: () => object.content,
          open: async () => openObject({ store, cluster: cluster.name, backup: name }, object, decrypt),
        }),
      )
      .filter(({ kind }) => wantedKinds.includes(kind)),
  }
}

function versionsIn({ objects }: Manifest): Source['versions'] {
  const of = (kind: string) => {
    const version = objects.find(({ content }) => content.kind === kind)?.content.version
    return typeof version === 'string' ? version : undefined
  }
  return { Mesos: of('mesos-state'), Marathon: of('marathon-info') }
}

/** Copies what a backup would copy, without a store. @throws DcosctlError REFUSED where the cluster can't be asked */
export async function liveSource(world: World, signal: AbortSignal): Promise<Source> {
  const objects = backupObjects(await survey(world), 'files').filter(({ what }) => wantedKinds.includes(what))
  const on = (what: string) => objects.find(object => object.what === what)?.from
  const mesos = on('mesos-registry')
  const marathon = on('marathon-groups')
  return {
    name: 'live',
    says: `the cluster now, ${new Date().toISOString()}`,
    versions: {
      Mesos: mesos && (await masterVersion(serviceOn(world, mesos, 'mesos'))),
      Marathon: marathon && (await marathonInfo(serviceOn(world, marathon, 'marathon'))).version,
    },
    objects: objects.map(object => liveObject(world, object, signal)),
  }
}

/** A comparison is no run, and what it reads was laid down by none. */
const noRun = 'diff'

function liveObject(world: World, object: ReturnType<typeof backupObjects>[number], signal: AbortSignal): SourceObject {
  let opened: Awaited<ReturnType<typeof sourceOf>> | undefined
  return {
    name: `${object.name} of ${object.from}`,
    kind: object.what,
    plainBytes: undefined,
    content() {
      if (!opened) throw new Error('the content is known once it was read')
      return opened.content()
    },
    async open() {
      opened = await sourceOf(world, object, signal, noRun)
      return opened.plain
    },
  }
}
