// A scratch server on files of real servers: it serves what was decoded; and one on other files is told by the znodes that differ.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { drill } from '../../../src/actions/verify/drill.ts'
import { drillHere } from '../../../src/actions/verify/drill-here.ts'
import type { ZookeeperOpened } from '../../../src/actions/verify/open-zookeeper.ts'
import { compareServer } from '../../../src/zookeeper/drill/compare-server.ts'
import { findServerHere } from '../../../src/zookeeper/drill/local-server.ts'
import { serving, someFreePort } from '../../../src/zookeeper/drill/scratch-server.ts'
import { inspectLarge } from '../../../src/zookeeper/files/large-state.ts'
import { spool } from '../../../src/zookeeper/files/spool.ts'
import { missing } from '../files/real-zookeeper.ts'
import { scratch } from '../files/run-hot-copy.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/zookeeper')
const skipped = missing && ` (skipped: ${missing})`

async function opened(name: string): Promise<ZookeeperOpened> {
  const files = await spool(createReadStream(join(fixtures, `${name}.tar.gz`)).pipe(createGunzip()), scratch())
  const found = await inspectLarge(files)
  if (found.claim !== 'exact') throw new Error(`${name} is not exact`)
  const { zxid, state, transactions } = found
  return { files, zxid, fuzzEnd: undefined, znodes: state.totals.znodes, transactions }
}

test.skipIf(missing !== '').for(['3.4.14-stopped', '3.4.14-quirks', '3.8.0-stopped'])(
  `a server on the files of %s serves what was decoded${skipped}`,
  { timeout: 90_000 },
  async name => {
    const backup = await opened(name)

    const drilled = await drill(backup, await drillHere(backup.files, undefined), () => {})

    expect(drilled).toMatchObject({ differences: [], differing: 0, version: '3.8.0' })
    expect(drilled.problem).toBeUndefined()
    expect(drilled.znodes).toBeGreaterThanOrEqual(backup.znodes)
  },
)

test.skipIf(missing !== '')(
  `a server that serves something else is told apart, znode by znode${skipped}`,
  { timeout: 90_000 },
  async () => {
    const backup = await opened('3.4.14-small')
    const place = await drillHere(backup.files, undefined)
    const server = await place.start({ port: someFreePort(), heapMb: 128 })
    onTestFinished(() => server.stop())
    const { zxid } = await serving(server, backup.files.bytes)
    const found = await inspectLarge(backup.files, { rules: '3.6' })
    if (found.claim !== 'exact') throw new Error('not exact')
    const { state } = found
    const [one, other, third] = [...state.tree.znodes.keys()].filter(key => key.split('/').length > 3)
    if (!one || !other || !third) throw new Error('too few znodes to change')
    const changed = (key: string, change: object) => {
      const znode = state.tree.znodes.get(key)
      if (znode) state.tree.znodes.set(key, { ...znode, ...change })
    }
    changed(one, { data: Buffer.from('another') })
    changed(other, { acl: [] })
    changed(third, { mzxid: 7n })
    state.tree.znodes.set('/surplus', surplus)

    const compared = await compareServer(await server.dial(), { state, rules: '3.6', zxid })

    const told = compared.differences.map(({ path, saw }) => `${path}: ${saw.split(' ')[0]}`)
    expect(told.toSorted()).toEqual([`${one}: data`, `${other}: ACL`, `${third}: mzxid`, '/surplus: znode'].toSorted())
    expect(compared.differing).toBe(4)
  },
)

const surplus = {
  ...{ data: null, acl: [], children: 0, czxid: 1n, mzxid: 1n, pzxid: 1n, ctime: 0, mtime: 0 },
  ...{ version: 0, cversion: 0, aversion: 0, ephemeralOwner: 0n },
}

test('where there is no ZooKeeper it is said which place was looked at', async () => {
  await expect(findServerHere('/nowhere')).rejects.toThrow(/zookeeper\*\.jar in \/nowhere|there is no java/)
})
