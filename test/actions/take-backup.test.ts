// Taking a backup from a fake cluster into a real directory: what is looked at, copied again, given up, and left behind.
import { readdir } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { beforeEach, describe, expect, test } from 'vitest'
import { takeBackup } from '../../src/actions/backup/take-backup.ts'
import type { StepContext } from '../../src/engine/ports.ts'
import type { Action, BackupObject } from '../../src/plan/vocabulary.ts'
import { listBackups } from '../../src/store/backups.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'
import { scratch } from '../scratch.ts'

const run = '2026-11-20T020000Z-7f3a'
const registry: BackupObject = { name: 'mesos/registry.json', what: 'mesos-registry', from: 'm1' }
const nodeFiles: BackupObject = { name: 'nodes/m2.tar', what: 'node-files', from: 'm2' }

let root = ''
let filesOfM2: Buffer = Buffer.alloc(0)
beforeEach(async () => {
  root = scratch()
  filesOfM2 = await filesOf('aa11bb22-0000-4000-8000-00000000cafe')
})

async function filesOf(clusterId: string): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name: './etc/mesosphere/roles/master' }, '')
  archive.entry({ name: './var/lib/dcos/cluster-id' }, `${clusterId}\n`)
  archive.finalize()
  return buffer(archive)
}

/** m2 gives these, one at each try; the last one again and again. */
function setUp(streams: readonly Buffer[] = [filesOfM2], store: Store = directoryStore(root)) {
  const fake = fakeWorld({ store })
  let asked = 0
  fake.node('m2').streams.push({
    word: 'etc/mesosphere',
    next: () => Readable.from([streams[Math.min(asked++, streams.length - 1)] ?? Buffer.alloc(0)]),
  })
  return { fake, asked: () => asked }
}

function take(fake: FakeWorld, objects: readonly BackupObject[], more: Partial<StepContext> = {}) {
  const said: string[] = []
  const action: Extract<Action, { do: 'take-backup' }> = {
    do: 'take-backup',
    store: root,
    encryption: 'none',
    way: 'files',
    objects,
  }
  const context: StepContext = {
    ...{ run, part: 'backup/take', attempt: 1, token: 0, signal: new AbortController().signal },
    say: text => said.push(text),
    ...more,
  }
  return {
    said,
    look: () => takeBackup.look(action, fake.world, context),
    perform: () => takeBackup.perform(action, fake.world, context),
  }
}

/** What is left in the directory, its own folders aside. */
const filesLeft = async (): Promise<readonly string[]> =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
    .toSorted()

describe('a backup', () => {
  test('is absent before, in place after, and holds what the plan named', async () => {
    const { fake } = setUp()
    const { look, perform, said } = take(fake, [registry, nodeFiles])
    expect(await look()).toBe('absent')

    expect(await perform()).toMatch(new RegExp(`^backup ${run}: 2 objects, `))

    expect(await look()).toBe('in-place')
    const { whole, leftovers } = await listBackups(directoryStore(root), fake.world.file.cluster)
    expect(leftovers).toEqual([])
    expect(whole).toMatchObject([
      {
        backup: run,
        levels: { decoded: true, stored: true },
        objects: [
          { name: 'mesos/registry.json.zst', content: { kind: 'mesos-registry', from: 'm1', agents: 3 } },
          { name: 'nodes/m2.tar.zst', content: { kind: 'node-files', from: 'm2', files: 2 } },
        ],
      },
    ])
    expect(said).toEqual([
      expect.stringMatching(/^mesos\/registry\.json\.zst: /),
      expect.stringMatching(/^nodes\/m2\.tar\.zst: /),
    ])
  })

  test('whose manifest is damaged goes to a person', async () => {
    const { fake } = setUp()
    await directoryStore(root).createExclusive(`orchard/${run}/manifest.json`, Buffer.from('{}'))

    expect(await take(fake, [nodeFiles]).look()).toEqual({
      unclear: expect.stringContaining(`there is a manifest for ${run}, but`),
    })
  })

  test('clears away what a killed attempt left under its name', async () => {
    const { fake } = setUp()
    async function* half() {
      yield Buffer.from('half')
    }
    await directoryStore(root).put(`orchard/${run}/zookeeper/files.tar.zst`, half())

    await take(fake, [nodeFiles]).perform()

    expect(await filesLeft()).toEqual(['SHA256SUMS', 'm2.tar.zst', 'manifest.json'])
  })

  test('takes what only a leader knows from whoever leads now, and says so', async () => {
    const { fake } = setUp()
    fake.leaders({ mesos: 'm3', marathon: 'm3' })

    await take(fake, [registry, { name: 'marathon/info.json', what: 'marathon-info', from: 'm1' }]).perform()

    const { whole } = await listBackups(directoryStore(root), fake.world.file.cluster)
    expect(whole[0]?.objects.map(({ content }) => content.from)).toEqual(['m3', 'm3'])
  })
})

describe('an object that does not decode', () => {
  test('is copied again', async () => {
    const { fake, asked } = setUp([filesOfM2.subarray(0, 700), filesOfM2])
    const { perform, said } = take(fake, [nodeFiles])

    await perform()

    expect(asked()).toBe(2)
    expect(said[0]).toMatch(/^nodes\/m2\.tar is copied again: /)
    expect(await filesLeft()).toContain('manifest.json')
  })

  test('after three tries ends the backup, and nothing is left of it', async () => {
    const { fake, asked } = setUp([filesOfM2.subarray(0, 700)])

    await expect(take(fake, [registry, nodeFiles]).perform()).rejects.toThrow()

    expect(asked()).toBe(3)
    expect(await filesLeft()).toEqual([])
  })

  test('because its files are of another cluster is named with both ids', async () => {
    const { fake } = setUp([await filesOf('ffffffff-0000-4000-8000-00000000cafe')])

    await expect(take(fake, [nodeFiles]).perform()).rejects.toThrow(
      'the files of m2 are of cluster ffffffff-0000-4000-8000-00000000cafe, not of aa11bb22-0000-4000-8000-00000000cafe',
    )
  })

  test('from a leader that answers HTML is named with what came', async () => {
    const { fake } = setUp()
    fake.node('m1').faults.mesos = 'html'

    await expect(take(fake, [registry]).perform()).rejects.toThrow('an HTML page, not JSON')
    expect(await filesLeft()).toEqual([])
  })

  test('from a leader that has not recovered is not taken: its cluster would be empty', async () => {
    const { fake } = setUp()
    fake.node('m1').mesos = 'elected-not-recovered'

    await expect(take(fake, [registry]).perform()).rejects.toThrow('no Mesos master leads with a recovered registry')
  })
})

describe("the store's failure", () => {
  test('is not tried again, and nothing is left visible', async () => {
    const real = directoryStore(root)
    let puts = 0
    const full: Store = {
      ...real,
      async put(key, body) {
        if (++puts < 2) return real.put(key, body)
        throw new StoreError('no-space', root, `can't write ${key}: no space left`)
      },
    }
    const { fake } = setUp([filesOfM2], full)

    await expect(take(fake, [registry, nodeFiles]).perform()).rejects.toThrow('no space left')

    expect(puts).toBe(2)
    expect(await filesLeft()).toEqual([])
  })

  test('to clear up is said beside what went wrong first', async () => {
    const real = directoryStore(root)
    let begun = false
    const stuck: Store = {
      ...real,
      put(key, body) {
        begun = true
        return real.put(key, body)
      },
      async delete(keys) {
        if (begun) throw new StoreError('denied', root, 'may not remove')
        return real.delete(keys)
      },
    }
    const { fake } = setUp([filesOfM2], stuck)
    fake.node('m2').reachable = false

    await expect(take(fake, [registry, nodeFiles]).perform()).rejects.toThrow(
      /^m2 can't be reached.* \(and what was written could not be removed: .*may not remove\)$/,
    )
    expect(await filesLeft()).not.toContain('manifest.json')
  })
})

test('a run that is stopped leaves nothing', async () => {
  const { fake } = setUp()
  const stop = new AbortController()
  const { perform } = take(fake, [registry, nodeFiles], { signal: stop.signal, say: () => stop.abort() })

  await expect(perform()).rejects.toThrow()

  expect(await filesLeft()).toEqual([])
})

test('a store that is not the one in the plan is not written to', async () => {
  const elsewhere = scratch()
  const { fake } = setUp([filesOfM2], directoryStore(elsewhere))

  await expect(take(fake, [nodeFiles]).perform()).rejects.toThrow(
    `the plan says ${root}, the cluster file now says ${elsewhere}`,
  )
  expect(await readdir(elsewhere)).toEqual([])
})
