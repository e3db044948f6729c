// What the checks of the store and of the newest backup tell apart, on a real directory.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { backupWriter } from '../../src/store/backup-writer.ts'
import { once } from '../../src/store/bytes.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { fakeWorld } from '../fake-world.ts'
import { scratch } from '../scratch.ts'
import { verdictOf } from './verdict.ts'

let root = ''
beforeEach(async () => {
  root = scratch()
})
afterEach(() => void vi.useRealTimers())

const cluster = { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' }
const backup = '2026-11-20T020000Z-7f3a'

async function take(readBack: boolean): Promise<void> {
  const writer = backupWriter({ store: directoryStore(root), cluster, backup, encryption: 'none', readBack })
  await writer.object('mesos/state.json', once(Buffer.from('{}')), () => ({ kind: 'mesos-state' }))
  const [started, finished] = ['2026-11-20T02:00:00.000Z', '2026-11-20T02:01:00.000Z']
  await writer.commit({ dcosctl: '0.1.0', started, finished, host: 'control-1', way: 'files', absent: [] })
}

const at = (time: string) => vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) })
const ask = () => verdictOf(fakeWorld({ store: directoryStore(root) }), { ask: 'backup-fresh', atMost: 3600 })

describe('backup-fresh', () => {
  test('one that is young, decoded and read back is well', async () => {
    await take(true)
    at('2026-11-20T02:30:00Z')

    expect(await ask()).toMatchObject({ well: true, saw: `${backup}, 1 objects, decoded and read back` })
  })

  test('none is not well', async () => {
    expect(await ask()).toMatchObject({ well: false, saw: 'none', remedy: 'take one:  dcosctl backup' })
  })

  test('one that is too old is named with its age', async () => {
    await take(true)
    at('2026-11-20T05:01:00Z')

    expect(await ask()).toMatchObject({ well: false, saw: `${backup} is 3 h old` })
  })

  test('one that was never read back is not well', async () => {
    await take(false)
    at('2026-11-20T02:30:00Z')

    expect(await ask()).toMatchObject({ well: false, saw: `${backup} was not read back` })
  })

  test('one whose manifest is damaged is no backup, and is counted', async () => {
    await take(true)
    await writeFile(join(root, 'orchard', backup, 'manifest.json'), '{"format": "dcosctl-backup"')

    expect(await ask()).toMatchObject({ well: false, saw: 'none that can be read; 1 damaged' })
  })

  test('one from the future is no reason to be at ease', async () => {
    await take(true)
    at('2026-11-19T02:00:00Z')

    expect(await ask()).toMatchObject({ well: false, saw: expect.stringContaining('future') })
  })
})

describe('store-writable', () => {
  test('a directory that takes and gives back is well', async () => {
    const fake = fakeWorld({ store: directoryStore(root) })

    expect(await verdictOf(fake, { ask: 'store-writable', store: root })).toMatchObject({
      well: true,
      saw: expect.stringContaining('written, read back and removed'),
    })
  })

  test('a directory that is not there is named', async () => {
    const fake = fakeWorld({ store: directoryStore(join(root, 'not-mounted')) })

    const { well, saw } = await verdictOf(fake, { ask: 'store-writable', store: root })

    expect(well).toBe(false)
    expect(saw).toContain('not-mounted')
  })
})
