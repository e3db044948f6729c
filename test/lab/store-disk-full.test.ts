// A directory store on a disk that is full: a clear error, nothing visible, nothing left.
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gathered, once } from '../../src/store/bytes.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { keys } from '../store/conformance.ts'

const notRoot = process.getuid?.() === 0 ? undefined : 'needs root to mount a small disk'

describe.skipIf(notRoot)(`a disk of 4 MB${notRoot ? ` (${notRoot})` : ''}`, () => {
  let disk = ''
  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'dcosctl-full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'dcosctl-test', disk])
  })
  afterAll(async () => {
    execFileSync('umount', [disk])
    await rm(disk, { recursive: true })
  })

  test('a put that does not fit is told as such and leaves nothing; what was there stays', async () => {
    const store = directoryStore(disk)
    await store.put('cluster/old', once(Buffer.from('old')))
    const large = async function* () {
      for (let sent = 0; sent < 8; sent++) yield Buffer.alloc(1_000_000)
    }

    await expect(store.put('cluster/old', large())).rejects.toMatchObject({
      trouble: 'no-space',
      message: expect.stringContaining('no room left'),
      remedy: expect.stringContaining('make room'),
    })

    expect(await keys(store, '')).toEqual(['cluster/old'])
    expect(await gathered(store.unfinished(''))).toEqual([])
    expect((await gathered(await store.get('cluster/old'))).map(String)).toEqual(['old'])
    expect(await store.check()).toEqual([]) // the room is free again
  })
})
