// A process of its own that takes a claim and goes on holding it, to be killed: `node claimant.ts RUN PORT…`. Prints its credentials as JSON.
import { connect } from 'node:net'
import { takeClaim } from '../../../src/zookeeper/claim/claim.ts'
import { bootClock } from '../../../src/zookeeper/session/clock.ts'
import { openSession } from '../../../src/zookeeper/session/session.ts'

const [run = '', ...ports] = process.argv.slice(2)
const dial = ports.map(port => ({
  name: port,
  connect: async () => {
    const socket = connect(Number(port), '127.0.0.1')
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return socket
  },
}))
const session = await openSession({ dial, timeoutMs: 4000, clock: bootClock })
const who = { user: 'ana', host: 'laptop-a', pid: process.pid }
const { token } = await takeClaim({
  session,
  clock: bootClock,
  run,
  runbook: 'upgrade',
  cluster: 'c-1',
  who,
  now: () => new Date(),
})
process.stdout.write(`${JSON.stringify({ credentials: session.credentials, token })}\n`)
setInterval(() => {}, 1000)
