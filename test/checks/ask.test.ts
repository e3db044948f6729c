// Whatever a service does, asking a check ends with a verdict that says what was seen, and never throws.
import { expect, test } from 'vitest'
import { ask } from '../../src/checks/ask.ts'
import { checkers } from '../../src/checks/index.ts'
import type { Check, Subtree } from '../../src/plan/vocabulary.ts'
import type { HttpFault } from '../fake-node.ts'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'
import { verdictOf } from './verdict.ts'

const masters = ['m1', 'm2', 'm3']
const script = { url: 'http://bootstrap/x.sh', sha256: 'ab'.repeat(32), from: '2.1.1', to: '2.2.1' }
const baseline = { frameworkId: '68f22737-0001', agents: [], apps: [] }

const subtree: Subtree = {
  source: { store: '/nowhere', backup: 'b', object: 'o', sha256: 'ab'.repeat(32), identity: null },
  at: null,
  path: '/p',
  into: '/p',
  how: 'merge',
  removesUpTo: '0x0',
}

const every: { readonly [K in Check['ask']]: Extract<Check, { ask: K }> } = {
  'all-serving': { ask: 'all-serving', masters },
  'one-mesos-leader': { ask: 'one-mesos-leader', masters },
  'registrar-recovered': { ask: 'registrar-recovered', masters },
  'zookeeper-quorum': { ask: 'zookeeper-quorum', masters },
  'zookeeper-at-rest': { ask: 'zookeeper-at-rest', masters },
  'no-deployments': { ask: 'no-deployments' },
  'apps-settled': { ask: 'apps-settled', apps: ['/web'], pods: [] },
  'agents-registered': { ask: 'agents-registered', wanted: 'all-known' },
  'one-version': { ask: 'one-version', nodes: masters },
  'others-are-well': { ask: 'others-are-well', node: 'm1', others: ['m2', 'm3'] },
  'node-is-well': { ask: 'node-is-well', node: 'm1', role: 'master', version: '2.1.1' },
  'agent-registered': { ask: 'agent-registered', node: 'a1', id: '68f22737-S0' },
  'script-reachable': { ask: 'script-reachable', nodes: masters, script },
  'store-writable': { ask: 'store-writable', store: '/nowhere' },
  'backup-fresh': { ask: 'backup-fresh', atMost: 60 },
  'subtree-as-backup': { ask: 'subtree-as-backup', ...subtree },
  'as-before': { ask: 'as-before', baseline },
  'restored-data-serves': {
    ask: 'restored-data-serves',
    what: 'replicated-log',
    masters,
    image: 'ab'.repeat(32),
    sample: [],
  },
  'ready-for-swap': { ask: 'ready-for-swap', what: 'zookeeper', masters, version: '2.1.1', room: 1000 },
  'marathon-answers': { ask: 'marathon-answers' },
}
const checks = Object.values(every)
const ofNoNode: readonly Check['ask'][] = ['store-writable', 'backup-fresh', 'subtree-as-backup']

const allNodes = (fake: FakeWorld, change: (node: ReturnType<FakeWorld['node']>) => void) => {
  for (const name of [...masters, 'a1', 'a2', 'a3']) change(fake.node(name))
}

/** Asked only while no quorum serves. */
const ofNoQuorum: Check['ask'] = 'zookeeper-at-rest'
/** What a fake node does not have: data that was swapped. */
const ofRealNodes: readonly Check['ask'][] = ['restored-data-serves', 'ready-for-swap']

test.each(checks.filter(({ ask }) => ![...ofNoNode, ...ofRealNodes, ofNoQuorum].includes(ask)))(
  '$ask is well on a cluster that is well',
  async check => {
    expect(await verdictOf(fakeWorld(), check)).toMatchObject({ well: true })
  },
)

test('a backup from the disks is not well on a cluster that is well', async () => {
  expect(await verdictOf(fakeWorld(), every['zookeeper-at-rest'])).toMatchObject({
    ...{ well: false, saw: 'ZooKeeper has a quorum again' },
    remedy: 'take the usual one:  dcosctl backup',
  })
})

test.each(checks)('$ask is not well when no node can be reached', async check => {
  const fake = fakeWorld()
  allNodes(fake, node => {
    node.reachable = false
  })

  const { well, saw, wanted } = await verdictOf(fake, check)

  expect(well).toBe(false)
  expect(saw).not.toBe('')
  expect(wanted).not.toBe('')
})

const askedOverHttp = [
  every['all-serving'],
  every['one-mesos-leader'],
  every['registrar-recovered'],
  every['no-deployments'],
  every['agents-registered'],
  every['agent-registered'],
  every['others-are-well'],
  every['as-before'],
]
const answers: readonly (readonly [HttpFault, RegExp])[] = [
  ['401', /401: it wants credentials/],
  ['html', /an HTML page, not JSON/],
  ['307', /with 307/],
  ['503', /503 "No leader elected"/],
  ['garbage', /not JSON: "\{\\"slaves\\": \["/],
  ['closed', /nobody listens at port \d+ of m\d/],
]

for (const check of askedOverHttp) {
  test.each(answers)(`${check.ask} names what came instead: %s`, async (fault, said) => {
    const fake = fakeWorld()
    allNodes(fake, ({ faults }) => {
      Object.assign(faults, { mesos: fault, marathon: fault, exhibitor: fault })
    })

    const { well, saw } = await verdictOf(fake, check)

    expect(well).toBe(false)
    expect(saw).toMatch(said)
  })
}

test('a service that does not answer is not well once the time of the check is over', async () => {
  const fake = fakeWorld()
  fake.node('m1').faults.exhibitor = 'slow'

  const verdict = await ask(checkers, every['all-serving'], fake.world, AbortSignal.timeout(20))

  expect(verdict).toEqual({ well: false, saw: 'no answer in time', wanted: 'an answer' })
})

test('a check whose time was over before it was asked ends at once', async () => {
  const fake = fakeWorld()
  fake.node('m1').faults.exhibitor = 'slow'

  const verdict = await ask(checkers, every['all-serving'], fake.world, AbortSignal.abort())

  expect(verdict).toMatchObject({ well: false, saw: 'no answer in time' })
})
