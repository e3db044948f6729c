// The version of DC/OS that a backup was taken of, from the files of its masters. A restored state fits that version alone.
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { z } from 'zod'
import { openerFor } from '../../config/identity-file.ts'
import type { Manifest } from '../../store/manifest.ts'
import { openObject } from '../../store/open-object.ts'
import type { World } from '../../world.ts'

const versionFile = './opt/mesosphere/etc/dcos-version.json'

/** Undefined where the backup has no files of a master. */
export async function versionOfBackup(
  world: World,
  { backup, objects }: Manifest,
  identity: string | undefined,
): Promise<string | undefined> {
  const object = objects.find(({ content }) => content.kind === 'node-files')
  if (!object) return undefined
  const store = await world.store()
  const decrypt = object.name.endsWith('.age') && identity !== undefined ? await openerFor(identity) : undefined
  const archive = Readable.from(openObject({ store, cluster: world.file.cluster.name, backup }, object, decrypt)).pipe(
    extract(),
  )
  let version: string | undefined
  for await (const entry of archive) {
    const content = await text(entry)
    if (entry.header.name === versionFile)
      version = z.object({ version: z.string() }).parse(JSON.parse(content)).version
  }
  return version
}
