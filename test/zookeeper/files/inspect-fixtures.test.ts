// Every real directory gives the tree that ZooKeeper made of it; every damaged one gives what can be had, never a wrong tree.

import { expect, test } from 'vitest'
import { type InspectOptions, inspect } from '../../../src/zookeeper/files/inspect.ts'
import { inspectLarge } from '../../../src/zookeeper/files/large-state.ts'
import { openFiles } from '../../../src/zookeeper/files/open-files.ts'
import { largeLines } from '../../../src/zookeeper/files/print-large.ts'
import { headLine, printed } from '../../../src/zookeeper/files/print-tree.ts'
import { damagedNames, fixture, truth, verdicts, wholeNames } from './fixtures.ts'

async function look(name: string, options?: InspectOptions) {
  const inspection = await inspect(await openFiles(fixture(name)), options)
  const [first = '', ...znodes] = printed(inspection)
  return { inspection, summary: JSON.parse(first), znodes }
}

test.each(wholeNames)('%s: the tree, its stats, ACLs and sessions are those that ZooKeeper restored', async name => {
  const { summary, znodes } = await look(name)
  const { summary: wanted, znodes: wantedZnodes } = truth(`${name}.expected.jsonl.gz`)
  expect(summary.claim).toBe('exact')
  const { zxid, znodes: count, dataBytes, ephemerals } = wanted
  expect(summary).toMatchObject({ zxid, znodes: count, dataBytes, ephemerals })
  expect(
    new Map(summary.sessions.map((session: { id: string; timeoutMs: number }) => [session.id, session.timeoutMs])),
  ).toEqual(new Map(wanted.sessions.map(session => [session.id, session.timeoutMs])))
  expect(znodes).toEqual(wantedZnodes)
})

test.each([...wholeNames, ...damagedNames])(
  '%s: in bounded memory, a range of paths at a time, the same comes out',
  async name => {
    const { inspection } = await look(name)
    const large = await inspectLarge(await openFiles(fixture(name)))
    if (large.claim === 'none') throw new Error(large.reason)
    const lines = [headLine(large, large.state.totals, large.state.tree.sessions)]
    for await (const line of largeLines(large.state, large.rules, () => true, 300_000)) lines.push(line)
    expect(lines).toEqual([...printed(inspection)])
  },
)

test('by the rules of 3.6 and later, a fuzzy 3.4 snapshot gives the pzxid that the live servers had', async () => {
  const { znodes } = await look('3.4.14-fuzzy-pzxid', { rules: '3.6' })
  expect(znodes).toEqual(truth('3.4.14-fuzzy-pzxid.expected-by-3.8.0.jsonl.gz').znodes)
})

test('files of the format before ZooKeeper 3.0 are refused, with what to do', async () => {
  const { inspection, summary, znodes } = await look('apache-upgrade')
  expect(inspection).toMatchObject({ claim: 'none', reason: expect.stringContaining('before 3.0') })
  expect(summary).toMatchObject({ claim: 'none', znodes: 0 })
  expect(znodes).toEqual([])
})

test('a verdict stands beside every damaged directory', () => {
  expect(verdicts.map(({ name }) => name).sort()).toEqual([...damagedNames].sort())
})

test.each(verdicts.map(verdict => [verdict.name, verdict] as const))(
  '%s: gives what is recoverable',
  async (name, verdict) => {
    const { summary, znodes } = await look(name)
    const all = verdict.recoverable.startsWith('all')
    const torn = verdict.recoverable === 'up to the record before the torn one'
    expect(summary.claim).toBe(all || torn ? 'exact' : 'up-to-damage')
    const file = verdict.upToDamageFile ?? verdict.expectedFile ?? `${verdict.sameAs}.expected.jsonl.gz`
    const wanted = truth(file)
    expect(summary.zxid).toBe(verdict.lastZxidBeforeDamage ?? wanted.summary.zxid)
    expect(znodes).toEqual(wanted.znodes)
    if (verdict.zookeeperYieldsFile) expect(znodes).not.toEqual(truth(verdict.zookeeperYieldsFile).znodes)
    if (!all) expect(summary.notes).not.toEqual([])
  },
)
