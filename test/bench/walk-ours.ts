// Walks with dcosctl's own pipeline. Prints znodes, milliseconds, and the round trip of one small request before. Usage: walk-ours.ts PORT PATH
import { openPipe } from '../../src/zookeeper/pipeline/pipe.ts'
import { walk } from '../../src/zookeeper/walk/walk.ts'
import { dialPort } from './dial-port.ts'

const [port, top] = process.argv.slice(2)
if (!port || !top) throw new Error('usage: walk-ours.ts PORT PATH')
const pipe = await openPipe({ dial: [{ name: 'server', connect: () => dialPort(Number(port)) }], timeoutMs: 30_000 })
const trips: number[] = []
for (let at = 0; at < 20; at++) {
  const asked = performance.now()
  await pipe.sync()
  trips.push(performance.now() - asked)
}
const began = performance.now()
let bytes = 0
const { znodes } = await walk(pipe, top, {
  onZnode: ({ data }) => {
    bytes += data?.length ?? 0
  },
})
const milliseconds = performance.now() - began
const { user, system } = process.cpuUsage()
const roundTrip = trips.toSorted((a, b) => a - b)[10]
process.stdout.write(`${JSON.stringify({ znodes, bytes, milliseconds, roundTrip, cpu: (user + system) / 1000 })}\n`)
await pipe.close()
