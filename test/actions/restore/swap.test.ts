// A swap that is cut off, and the close that starts what was stopped: the same data on every master, or none is started with other data than another.
import { describe, expect, test } from 'vitest'
import { onMaster, onMasters } from '../../../src/actions/restore/swap/masters.ts'
import { markScript, prepareScript, swapScript } from '../../../src/actions/restore/swap/scripts.ts'
import { startAfterSwap } from '../../../src/actions/restore/swap/start-after-swap.ts'
import { stopForSwap } from '../../../src/actions/restore/swap/stop-for-swap.ts'
import { swapData } from '../../../src/actions/restore/swap/swap-data.ts'
import { until } from '../../lab/deadline.ts'
import { contextOf, masters, type SwapMasters, swapMasters } from './swap-masters.ts'

const what = 'replicated-log'
const patience = { backAfter: 60 }
const steps = {
  stop: { do: 'stop-for-swap', what, masters, ...patience },
  swap: { do: 'swap-data', what, masters, ...patience },
  start: { do: 'start-after-swap', what, masters },
} as const
const [first, second] = [contextOf(1), contextOf(2)]
const close = (context: typeof first) => ({
  ...context,
  mustEndFirst: ['swap/stop', 'swap/data'].map(part => ({ part, attempt: 1 })),
})

const stop = ({ world }: SwapMasters) => stopForSwap.perform(steps.stop, world, first)
const swapped = ({ world }: SwapMasters, which: readonly string[] = masters) =>
  onMasters(which, node => onMaster(world, node, what, first, swapScript, 'none'))
const prepared = ({ world }: SwapMasters) =>
  onMasters(masters, node => onMaster(world, node, what, first, prepareScript))
async function readyForMarks(): Promise<SwapMasters> {
  const swap = swapMasters()
  await stop(swap)
  await swapped(swap)
  await prepared(swap)
  return swap
}
const mark = ({ world }: SwapMasters, master: string, context = first) =>
  onMaster(world, master, what, context, markScript, '30')
const start = ({ world }: SwapMasters, context = second) => startAfterSwap.perform(steps.start, world, close(context))
const dataOfAll = (swap: SwapMasters) => masters.map(master => swap.data(master).join())

test('a swap that nothing cuts off leaves the new data everywhere, and keeps the old', async () => {
  const swap = swapMasters()
  await stop(swap)

  await swapData.perform(steps.swap, swap.world, first)
  await start(swap)

  expect(dataOfAll(swap)).toEqual(['new,new', 'new,new', 'new,new'])
  for (const master of masters) expect(swap.has(master, 'old/replicated_log/says')).toBe(true)
  expect(await startAfterSwap.look(steps.start, swap.world, close(second))).toBe('in-place')
})

test('without any mark all get their old data back', async () => {
  const swap = await readyForMarks()

  await start(swap)

  expect(dataOfAll(swap)).toEqual(['old,old', 'old,old', 'old,old'])
})

describe('a mark that is on its way to the disk while the next driver comes', () => {
  test('counts: the next driver waits for its end, and gives all the new data', async () => {
    const swap = await readyForMarks()
    swap.holdWrites('m1')
    const marking = mark(swap, 'm1')
    await until('the mark is being written', 10, () => swap.has('m1', 'mark.new'))

    const starting = start(swap)
    await until('the other masters obey the next driver', 10, () => ['m2', 'm3'].every(each => swap.token(each) === 2))
    swap.letGo('m1')
    await Promise.all([marking, starting])

    expect(dataOfAll(swap)).toEqual(['new,new', 'new,new', 'new,new'])
  })

  test('is refused, where the next driver was there first', async () => {
    const swap = await readyForMarks()
    await start(swap)

    await expect(mark(swap, 'm1')).rejects.toThrow('this master obeys run')

    expect(swap.has('m1', 'mark')).toBe(false)
    expect(dataOfAll(swap)).toEqual(['old,old', 'old,old', 'old,old'])
  })
})

test('while the one master that has its mark is away no other is started, though marks were being tried anew', async () => {
  const swap = await readyForMarks()
  await mark(swap, 'm1')
  await swapped(swap, ['m2', 'm3']) // dcosctl dies here, in its second try
  swap.cutOff('m1')

  await expect(start(swap)).rejects.toThrow("which data is the right one: m1 can't be asked")

  for (const master of ['m2', 'm3']) expect(swap.data(master)).toEqual(['new', 'new'])
})

test('what was found to be old everywhere may be swapped, and go back, once more', async () => {
  const swap = await readyForMarks()
  await start(swap)
  await stopForSwap.perform(steps.stop, swap.world, second)
  await onMasters(masters, node => onMaster(swap.world, node, what, second, swapScript, 'none'))
  swap.cutOff('m1')

  await expect(start(swap)).rejects.toThrow(/m1.*can't be reached/)

  for (const master of ['m2', 'm3']) expect(swap.data(master)).toEqual(['old', 'old'])
  expect(swap.has('m2', 'ready')).toBe(false)
})
