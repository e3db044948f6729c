// Restoring znodes through ZooKeeper's API: how many a second, and how quickly gaps in sequence numbers are closed. Usage: api-restore.bench.ts [ZNODES]
import { openPipe } from '../../src/zookeeper/pipeline/pipe.ts'
import { WantedSoFar } from '../../src/zookeeper/subtree/wanted.ts'
import { benchTree, restoreAll } from './bench-tree.ts'
import { dialPort } from './dial-port.ts'
import { figure, target } from './report.ts'
import { startServer } from './zookeeper-server.ts'

const bench = 'api-restore'
const znodes = Number(process.argv[2] ?? 200_000)
const wantedRate = 15_000

const server = await startServer()
try {
  const pipe = await openPipe({ dial: [{ name: 'server', connect: () => dialPort(server.port) }], timeoutMs: 30_000 })
  await restoreAll(pipe, moved(benchTree(20_000))) // compiled on both sides from here on
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now()
    await work()
    return (performance.now() - began) / 1000
  }
  const wanted = benchTree(znodes)
  const before = process.cpuUsage()
  const rate = wanted.znodes.size / (await timed(() => restoreAll(pipe, wanted)))
  const { user, system } = process.cpuUsage(before)
  figure(bench, 'processor time of the client', (user + system) / 1000, 'ms')
  figure(bench, `${wanted.znodes.size} znodes into nothing`, rate, 'znodes/s')
  figure(
    bench,
    'compared, nothing to do',
    wanted.znodes.size / (await timed(() => restoreAll(pipe, wanted))),
    'znodes/s',
  )
  const gap = 100_000
  const counting = new WantedSoFar('/counted', '/counted')
  const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }]
  counting.add({ path: '/counted', data: null, acl, lifetime: 'persistent', created: gap })
  figure(
    bench,
    'sequence numbers counted up',
    gap / (await timed(() => restoreAll(pipe, counting.result()))),
    'numbers/s',
  )
  target(bench, `${wantedRate} znodes/s`, rate / wantedRate, 1)
  await pipe.close()
} finally {
  await server.stop()
}

/** The same elsewhere. */
function moved({ znodes: all }: ReturnType<typeof benchTree>) {
  const elsewhere = new WantedSoFar('/bench', '/before')
  for (const znode of all.values()) elsewhere.add({ ...znode, lifetime: 'persistent' })
  return elsewhere.result()
}
