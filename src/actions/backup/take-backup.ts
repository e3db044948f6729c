// Takes a backup: object after object from the node that the plan names, decoded on the way, the manifest last.
// Nothing is visible in the store before the manifest; what a killed attempt left under this run's name is removed by the next.
import { hostname } from 'node:os'
import { InDoubt } from '../../engine/errors.ts'
import type { Performer, StepContext } from '../../engine/ports.ts'
import { because } from '../../errors.ts'
import { sayBytes } from '../../output/bytes.ts'
import type { Action } from '../../plan/vocabulary.ts'
import { type BackupWriter, backupWriter } from '../../store/backup-writer.ts'
import { readManifest } from '../../store/backups.ts'
import { removeFolder } from '../../store/remove-folder.ts'
import { StoreError } from '../../store/store.ts'
import { version } from '../../version.ts'
import type { World } from '../../world.ts'
import { sourceOf } from './sources.ts'

type TakeBackup = Extract<Action, { do: 'take-backup' }>

/** apache/zookeeper `EphemeralType.java`: clients are shown no owner of these. */
const marksOfZnodes = {
  what: 'which znodes are containers or have a TTL',
  why: "ZooKeeper's API does not tell them from persistent ones",
}

export const takeBackup: Performer<TakeBackup, World> = {
  async look(_action, world, { run }) {
    const seen = await readManifest(await world.store(), world.file.cluster.name, run)
    if ('manifest' in seen) return 'in-place'
    return seen.missing ? 'absent' : { unclear: `there is a manifest for ${run}, but ${seen.problem}` }
  },

  async perform({ way, objects, absent, encryption, store: meant }, world, { run, signal, say }) {
    const store = await world.store()
    const { cluster } = world.file
    // The cluster file may have changed since the plan was made: a backup goes nowhere, and in no form, that the plan did not show.
    if (store.where !== meant) throw new Error(`the plan says ${meant}, the cluster file now says ${store.where}`)
    await removeFolder(store, `${cluster.name}/${run}/`)
    const started = new Date()
    const writer = backupWriter({
      store,
      cluster,
      backup: run,
      encryption: encryption === 'none' ? 'none' : await ageFor(encryption),
      readBack: true,
    })
    try {
      let bytes = 0
      for (const object of objects) {
        const facts = await copy(world, writer, object, { run, signal, say })
        bytes += facts.bytes
        say(`${facts.name}: ${sayBytes(facts.bytes)}`)
      }
      const finished = new Date().toISOString()
      await writer.commit({
        dcosctl: version,
        started: started.toISOString(),
        finished,
        host: hostname(),
        way,
        absent: way === 'api' ? [...absent, marksOfZnodes] : [...absent],
      })
      return `backup ${run}: ${objects.length} objects, ${sayBytes(bytes)}`
    } catch (error) {
      throw await cleanedUp(writer, error)
    }
  },
}

const tries = 3

/** Files that are copied while they are written to can move away under the copy: what does not decode is copied again. */
async function copy(
  world: World,
  writer: BackupWriter,
  object: TakeBackup['objects'][number],
  { run, signal, say }: Pick<StepContext, 'run' | 'signal' | 'say'>,
) {
  const { from: first, orElse = [] } = object
  let from = first
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      const source = await sourceOf(world, { ...object, from }, signal, run)
      return await writer.object(object.name, source.plain, source.content)
    } catch (error) {
      const next = orElse[attempt - 1]
      if (signal.aborted || error instanceof StoreError) throw error
      if (next === undefined && attempt >= tries + orElse.length) throw error
      from = next ?? from
      say(`${object.name} is copied again${next ? `, from ${next}` : ''}: ${because(error)}`)
    }
  }
}

/** Loaded only by those who encrypt. */
async function ageFor(recipients: readonly string[]) {
  const age = await import('../../store/age.ts')
  return age.ageFor(recipients)
}

/** Half a backup is invisible anyway; it is removed as well, and if that fails it is said. */
async function cleanedUp(writer: BackupWriter, error: unknown): Promise<unknown> {
  try {
    await writer.discard()
    return error
  } catch (leftBehind) {
    if (error instanceof InDoubt) return error
    return new Error(`${because(error)} (and what was written could not be removed: ${because(leftBehind)})`, {
      cause: error,
    })
  }
}
