// Simulated Metronome (unit dcos-metronome, port 9000): elected in the real ZooKeeper; jobs and schedules, and no runs.
import { faultIsOn } from './faults.ts'
import { type Answer, json, plain, type Request, serve, unauthorized } from './http.ts'
import { LeaderLatch } from './leader-latch.ts'
import { passOn } from './leader-proxy.ts'
import { MetronomeJobs } from './metronome-jobs.ts'
import { readNodeConfig } from './node-config.ts'

const port = 9000
const config = readNodeConfig()
const self = `${config.address}:${port}`

let jobs: MetronomeJobs | undefined

const latch = new LeaderLatch({
  servers: config.masters.map(master => `${master.address}:2181`),
  sessionTimeout: config.timing.marathonSession,
  election: '/metronome/leader-curator',
  self,
  async lead(session) {
    jobs = await MetronomeJobs.load(session)
    console.log('Elected as the leading Metronome')
  },
})

/** Calls are taken one after the other. */
let answering: Promise<unknown> = Promise.resolve()

/** As dcos/metronome LeaderProxyFilter: only /ping and the metrics are answered by everyone. */
async function answer(request: Request): Promise<Answer> {
  if (faultIsOn(config.root, 'unauthorized')) return unauthorized
  const { path } = request
  const { leader } = latch
  if (path === '/ping') return plain(200, 'pong')
  if (leader === undefined || (leader === self && !jobs) || faultIsOn(config.root, 'metronome-without-leader'))
    return plain(503, 'No consistent leadership')
  if (leader !== self) return passOn(request, leader, { 'X-LEADER': leader, 'X-VIA': self })
  if (path === '/info') return json({ version: '0.6.48', libVersion: '1.10.26' })
  if (path === '/leader') return json({ leader })
  const done = answering.then(() => jobs?.answer(request))
  answering = done.catch(() => undefined)
  return (await done) ?? plain(503, 'No consistent leadership')
}

await serve(config.address, port, answer)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
console.log(`Metronome (simulated) on ${self}`)
