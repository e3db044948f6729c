// Runs on a master: removes a znode and everything below it, as somebody might by mistake.
// Usage: remove-znodes.ts HOST PORT PATH
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { openPipe } from '../../src/zookeeper/pipeline/pipe.ts'
import { op } from '../../src/zookeeper/pipeline/protocol.ts'
import { walk } from '../../src/zookeeper/walk/walk.ts'

const [host, port, top] = process.argv.slice(2)
if (!host || !port || !top) throw new Error('usage: remove-znodes.ts HOST PORT PATH')

const dial = (): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const line = connect(Number(port), host, () => resolve(line))
    line.once('error', reject)
  })
const pipe = await openPipe({ dial: [{ name: host, connect: dial }], timeoutMs: 10_000 })
const paths: string[] = []
await walk(pipe, top, { onZnode: ({ path }) => paths.push(path) })
const remove = (path: string) => pipe.call(op.delete, 'delete', path, to => to.string(path).int(-1))
await Promise.all(paths.toReversed().map(remove))
await pipe.close()
