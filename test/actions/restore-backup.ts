// A backup in a real directory that holds definitions to restore, its source as a plan pins it, and the context of a step.
import type { StepContext } from '../../src/engine/ports.ts'
import type { BackupSource } from '../../src/plan/vocabulary.ts'
import { backupWriter } from '../../src/store/backup-writer.ts'
import { once } from '../../src/store/bytes.ts'
import { directoryStore } from '../../src/store/directory.ts'
import type { Manifest } from '../../src/store/manifest.ts'
import type { Store } from '../../src/store/store.ts'
import { scratch } from '../scratch.ts'
import { circumstances } from '../store/sample-backup.ts'

const run = '2026-11-20T020000Z-7f3a'
const id = 'aa11bb22-0000-4000-8000-00000000cafe'

export async function backupWith(
  objects: Readonly<Record<string, unknown>>,
): Promise<{ readonly store: Store; readonly manifest: Manifest; source(name: string): BackupSource }> {
  const store = directoryStore(scratch())
  const cluster = { name: 'orchard', id }
  const writer = backupWriter({ store, cluster, backup: run, encryption: 'none', readBack: false })
  for (const [name, value] of Object.entries(objects))
    await writer.object(name, once(Buffer.from(JSON.stringify(value))), () => ({}))
  const manifest = await writer.commit(circumstances)
  return {
    store,
    manifest,
    source(name) {
      const object = manifest.objects.find(each => each.name === `${name}.zst`)
      if (!object) throw new Error(`the backup has no ${name}`)
      return { store: store.where, backup: run, object: object.name, sha256: object.sha256, identity: null }
    },
  }
}

export function contextOf(signal = new AbortController().signal): StepContext & { readonly said: string[] } {
  const said: string[] = []
  return { ...{ run: 'r', part: 'apps/a', attempt: 1, token: 1, signal, said }, say: text => said.push(text) }
}
