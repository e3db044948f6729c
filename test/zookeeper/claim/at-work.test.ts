// Whether a changing run is at work, where claim and holder are read one after the other while its driver comes and goes.
import { expect, test } from 'vitest'
import { seeThatNobodyIsAtWork } from '../../../src/zookeeper/claim/at-work.ts'
import { Busy, Claimed } from '../../../src/zookeeper/claim/errors.ts'
import type { ClaimNode } from '../../../src/zookeeper/claim/format.ts'
import type { Standing } from '../../../src/zookeeper/claim/show.ts'
import { thrownBy } from '../until.ts'

const who = { user: 'ana', host: 'laptop-a', pid: 11 }
const since = '2026-11-20T03:00:00.000Z'

function claim(state: ClaimNode['state'], token = 1): Standing['claim'] {
  return { node: { format: 1, cluster: 'c-1', run: 'r1', runbook: 'upgrade', who, since, state, token }, version: 1 }
}

const holder = (token: number): Standing['holder'] => ({
  node: { format: 1, run: 'r1', who, since, token },
  stat: {
    ...{ version: 0, cversion: 0, aversion: 0, czxid: 1n, mzxid: 1n, pzxid: 1n },
    ...{ created: new Date(since), modified: new Date(since) },
    ...{ ephemeralOwner: '0000000000000001', dataLength: 1, numChildren: 0 },
  },
})

/** What a look sees, one after the other; the last one again and again. */
function looks(...seen: readonly Standing[]): () => Promise<Standing> {
  let looked = 0
  return async () => seen[Math.min(looked++, seen.length - 1)] ?? { claim: undefined, holder: undefined }
}

const undriven = (token = 1): Standing => ({ claim: claim('running', token), holder: undefined })

test('a claim that says running without a holder is a run that nobody drives', async () => {
  const refused = await thrownBy(Claimed, seeThatNobodyIsAtWork(looks(undriven())))

  expect(refused.message).toMatch(/^Run r1 .* is running; nobody drives it now\. .* may still be at work on a node\.$/)
  expect(refused.next).toContain('if laptop-a is lost:  dcosctl run abandon r1 --lost --reason …')
})

test('a driver that pauses between the two looks is none that died', async () => {
  await seeThatNobodyIsAtWork(looks(undriven(), { claim: claim('paused'), holder: undefined }))
})

test('a run that ends between the two looks is none that died', async () => {
  await seeThatNobodyIsAtWork(looks(undriven(), { claim: undefined, holder: undefined }))
})

test('a run that another driver takes up between the two looks is at work', async () => {
  const seen = looks(undriven(1), undriven(2), { claim: claim('running', 3), holder: holder(3) })

  await thrownBy(Busy, seeThatNobodyIsAtWork(seen))
})
