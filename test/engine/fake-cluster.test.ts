// The fake cluster keeps the promises written at its top.
import { expect, test } from 'vitest'
import type { StepContext } from '../../src/engine/ports.ts'
import { checkers, FakeCluster, performers } from './fake-cluster.ts'

const never = new AbortController().signal

function context(part: string, attempt = 1, mustEndFirst?: StepContext['mustEndFirst']): StepContext {
  return { run: 'r', part, attempt, token: 1, signal: never, say: () => {}, ...(mustEndFirst ? { mustEndFirst } : {}) }
}

test('a node does what it was told to although nobody follows it', async () => {
  const cluster = new FakeCluster(['m1'])
  void cluster.upgrade('m1', '2', context('p'))

  expect(cluster.node('m1').version).toBe('1')
  await cluster.clock.sleep(31_000, never)
  expect(cluster.node('m1').version).toBe('2')
})

test('the same part and attempt is followed, another attempt is done anew and noticed', async () => {
  const cluster = new FakeCluster(['m1'])

  await Promise.all([cluster.upgrade('m1', '2', context('p')), cluster.upgrade('m1', '2', context('p'))])
  expect(cluster.upgrades).toEqual(['m1'])
  expect(cluster.violations).toEqual([])

  await cluster.upgrade('m1', '2', context('p', 2))
  expect(cluster.upgrades).toEqual(['m1', 'm1'])
  expect(cluster.violations).toContain('m1 is upgraded to 2, where it was already')
})

test('looking says absent, under way, in place', async () => {
  const cluster = new FakeCluster(['m1'])
  const look = () => performers.upgrade.look({ do: 'upgrade', node: 'm1', to: '2' }, cluster, context('p'))

  expect(await look()).toBe('absent')
  const upgrading = cluster.upgrade('m1', '2', context('p'))
  expect(await look()).toBe('under-way')
  await upgrading
  expect(await look()).toBe('in-place')
})

test('a node serves 20 s after it changed, not before', async () => {
  const cluster = new FakeCluster(['m1'])
  await cluster.upgrade('m1', '2', context('p'))

  expect(cluster.serves('m1')).toBe(false)
  await cluster.clock.sleep(20_000, never)
  expect(cluster.serves('m1')).toBe(true)
})

test('the lead goes to a node that serves', () => {
  const cluster = new FakeCluster(['m1', 'm2'])
  void cluster.upgrade('m1', '2', context('p'))

  expect(cluster.leader).toBe('m2')
})

test('a second node that goes down is noticed', () => {
  const cluster = new FakeCluster(['m1', 'm2'])
  void cluster.upgrade('m1', '2', context('p'))
  void cluster.upgrade('m2', '2', context('q'))

  expect(cluster.violations).toEqual(['m2 is upgraded while m1 is down'])
})

test('a copy while the service runs, a second copy and a second note are noticed', async () => {
  const cluster = new FakeCluster(['m1'])
  await cluster.copy('m1', context('p'))
  await cluster.copy('m1', context('p', 2))
  cluster.note('x', context('n'))
  cluster.note('x', context('n'))

  expect(cluster.violations).toEqual([
    'm1 is copied while its service runs',
    'm1 was started while it was copied',
    'm1 is copied while its service runs',
    'm1 is copied again',
    'm1 was started while it was copied',
    '"x" is noted twice',
  ])
})

test('a start waits for the end of the stop that must end first; without that the stop wins', async () => {
  const waits = new FakeCluster(['m1'])
  void waits.stop('m1', context('stop'))
  await waits.start('m1', context('start', 1, [{ part: 'stop', attempt: 1 }]))
  expect(waits.node('m1').running).toBe(true)

  const doesNot = new FakeCluster(['m1'])
  const stopping = doesNot.stop('m1', context('stop'))
  await doesNot.start('m1', context('start'))
  await stopping
  expect(doesNot.node('m1').running).toBe(false)
})

test('faults last until they are mended', async () => {
  const cluster = new FakeCluster(['m1'])
  const ask = () => checkers.serves({ ask: 'serves', node: 'm1' }, cluster, never)
  cluster.fault('m1', 'unreachable')
  await expect(ask()).rejects.toThrow(/does not answer/)
  cluster.mend('m1')

  expect(await ask()).toMatchObject({ well: true })
})
