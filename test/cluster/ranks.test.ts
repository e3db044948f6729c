// The order in which masters go down, and how it is said.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Leads } from '../../src/cluster/facts.ts'
import { byRank, compareNames, sayLeads } from '../../src/cluster/ranks.ts'

const what = fc.subarray<Leads>(['zookeeper', 'marathon', 'mesos'])
const masters = fc.uniqueArray(fc.record({ name: fc.integer({ min: 1, max: 99 }).map(n => `m${n}`), leads: what }), {
  selector: ({ name }) => name,
})

test('who leads nothing goes first, then ZooKeeper, Marathon, Mesos, and a heavier leader after all lighter ones together', () => {
  const ranked = byRank<{ readonly name: string; readonly leads: readonly Leads[] }>([
    { name: 'm1', leads: ['zookeeper', 'marathon'] },
    { name: 'm2', leads: ['mesos'] },
    { name: 'm3', leads: ['marathon'] },
    { name: 'm4', leads: ['zookeeper'] },
    { name: 'm5', leads: [] },
  ])

  expect(ranked.map(({ name }) => name)).toEqual(['m5', 'm4', 'm3', 'm1', 'm2'])
})

test('whatever the order of asking, the order of going is the same, and nobody is lost', () => {
  fc.assert(
    fc.property(masters, fc.infiniteStream(fc.nat()), (some, luck) => {
      const shuffled = some.map(master => ({ master, at: luck.next().value })).toSorted((a, b) => a.at - b.at)

      const ranked = byRank(shuffled.map(({ master }) => master))

      expect(ranked).toEqual(byRank(some))
      expect(ranked.map(({ name }) => name).toSorted()).toEqual(some.map(({ name }) => name).toSorted())
      const first = ranked.findIndex(({ leads }) => leads.includes('mesos'))
      if (first >= 0) expect(ranked.slice(first).every(({ leads }) => leads.includes('mesos'))).toBe(true)
    }),
  )
})

test('names are compared as people count: a2 before a10', () => {
  expect(['a10', 'a2', 'a1'].toSorted(compareNames)).toEqual(['a1', 'a2', 'a10'])
})

test('what a master leads is said in words', () => {
  expect(sayLeads([])).toBe('leads nothing')
  expect(sayLeads(['zookeeper', 'mesos'])).toBe('leads ZooKeeper and Mesos')
})
