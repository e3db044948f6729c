// The S3 store on a real server (Ceph radosgw): the port's promises, and what only S3 can do.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { collected, gathered, once } from '../../src/store/bytes.ts'

import { keepsThePromisesOfAStore, keys } from '../store/conformance.ts'
import { shortPatience } from '../store/double-store.ts'
import { faultyProxy } from '../store/faulty-proxy.ts'
import { openStore } from '../store/open-store.ts'
import { keepsThePromisesOfS3 } from '../store/s3-conformance.ts'

import { radosgwKmsKey, radosgwUnavailable, startRadosgw } from './radosgw.ts'

const unavailable = radosgwUnavailable()

describe.skipIf(unavailable)(`S3${unavailable ? ` (${unavailable})` : ''}`, async () => {
  if (unavailable) return
  const dir = await mkdtemp(join(tmpdir(), 'dcosctl-rgw-'))
  const server = await startRadosgw({ dir, address: '127.0.0.1', port: 18_087 })
  const { fresh } = await keepsThePromisesOfS3('radosgw', server, {
    kmsKey: radosgwKmsKey,
    conditionInVersionedBucket: 'ignored',
  })
  afterAll(async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })

  keepsThePromisesOfAStore('a bucket', fresh)

  test.for(['reset', 'slow-down'] as const)(
    'a line that answers every part with %s ends the put, and nothing stays',
    async fault => {
      const proxy = await faultyProxy(server.endpoint, request =>
        request.includes('partNumber=2&') ? fault : undefined,
      )
      const address = await fresh({ endpoint: proxy.endpoint, patience: shortPatience })
      const store = await openStore(address)
      const endless = async function* () {
        for (;;) yield Buffer.alloc(1_000_000)
      }

      // That it ends at all shows that it does not read on to the end of hours of backup.
      await expect(store.put('key', endless())).rejects.toMatchObject({
        trouble: fault === 'reset' ? 'unreachable' : 'busy',
      })

      expect(await keys(store, '')).toEqual([])
      expect(await gathered(store.unfinished(''))).toEqual([])
      await proxy.stop()
    },
  )

  test('a line that drops once in mid-body is picked up where it was', async () => {
    let drops = 1
    const proxy = await faultyProxy(server.endpoint, request =>
      request.startsWith('GET') && drops-- > 0 ? 'cut-body' : undefined,
    )
    const store = await openStore(await fresh({ endpoint: proxy.endpoint }))
    const bytes = randomBytes(3_000_000)
    await store.put('key', once(bytes))

    const back = await collected(await store.get('key'), 4_000_000)

    expect(drops).toBeLessThan(0)
    expect(back.equals(bytes)).toBe(true)
    await proxy.stop()
  })
})
