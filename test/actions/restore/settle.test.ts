// The shell that settles a swap before a unit starts, from every state in which power may have gone: all of the old data, or all of the new.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { settleScript } from '../../../src/actions/restore/swap/scripts.ts'
import { scratch } from '../../scratch.ts'

interface Swapping {
  readonly root: string
  readonly folder: string
}

const places = ['snapshot/version-2 snapshot', 'transactions/version-2 transactions']

/** A master on which so many of the four renames of a swap were done: each folder aside, then its new one in place. */
function swapping(renames: number): Swapping {
  const root = scratch()
  const folder = join(root, '.dcosctl-restore-run')
  for (const name of ['snapshot', 'transactions']) {
    for (const [at, says] of [
      [join(root, name, 'version-2'), 'old'],
      [join(folder, 'new', name), 'new'],
    ] as const) {
      mkdirSync(at, { recursive: true })
      writeFileSync(join(at, 'says'), says)
    }
  }
  mkdirSync(join(folder, 'old'))
  writeFileSync(join(folder, 'laid'), 'image=x epoch=7 bytes=1\n')
  const moves = ['snapshot', 'transactions'].flatMap(name => [
    [join(root, name, 'version-2'), join(folder, 'old', name)],
    [join(folder, 'new', name), join(root, name, 'version-2')],
  ])
  for (const [from = '', to = ''] of moves.slice(0, renames)) renameSync(from, to)
  return { root, folder }
}

function settle({ root, folder }: Swapping, waits: 'yes' | 'no'): number | null {
  const args = [root, folder, 'dcos-exhibitor.service', '2181', waits, places.join('\n')]
  return spawnSync('sh', ['-c', settleScript, 'settle', ...args]).status
}

const inPlace = ({ root }: Swapping): readonly string[] =>
  ['snapshot', 'transactions'].map(name => readFileSync(join(root, name, 'version-2/says'), 'utf8'))

describe.each([0, 1, 2, 3, 4])('after %i of 4 renames', renames => {
  test.each([1, 2])('with the mark all of the new data is in place, settled %i times', times => {
    const swap = swapping(renames)
    writeFileSync(join(swap.folder, 'mark'), '')

    const ends = Array.from({ length: times }, () => settle(swap, 'yes'))

    expect(ends.every(end => end === 0)).toBe(true)
    expect(inPlace(swap)).toEqual(['new', 'new'])
  })

  test.each([1, 2])('without the mark all of the old data is in place, settled %i times', times => {
    const swap = swapping(renames)

    const ends = Array.from({ length: times }, () => settle(swap, 'yes'))

    expect(ends.every(end => end === 0)).toBe(true)
    expect(inPlace(swap)).toEqual(['old', 'old'])
    expect(existsSync(join(swap.folder, 'new/snapshot/says'))).toBe(true)
  })
})

test('a master that was ready for its mark puts old ZooKeeper data back, and leaves a replicated log to a person', () => {
  const zookeeper = swapping(4)
  const log = swapping(4)
  for (const { folder } of [zookeeper, log]) writeFileSync(join(folder, 'prepared'), '1\n')

  const ends = [settle(zookeeper, 'no'), settle(log, 'yes')]

  expect(ends).toEqual([0, 4])
  expect(inPlace(zookeeper)).toEqual(['old', 'old'])
  expect(inPlace(log)).toEqual(['new', 'new'])
})

test('data that somebody put in place meanwhile is not moved over, nor lost', () => {
  const swap = swapping(1)
  mkdirSync(join(swap.root, 'snapshot/version-2'))
  writeFileSync(join(swap.root, 'snapshot/version-2/says'), 'somebody')

  const end = settle(swap, 'no')

  expect(end).not.toBe(0)
  expect(inPlace({ ...swap }).at(0)).toBe('somebody')
  expect(readFileSync(join(swap.folder, 'old/snapshot/says'), 'utf8')).toBe('old')
})
