// The screen of a run, on a terminal that keeps what it would show.
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Told } from '../../src/engine/events.ts'
import { tty } from '../../src/output/tty.ts'
import { type FakeTerminal, fakeTerminal } from './fake-terminal.ts'
import {
  agentEnds,
  agentsUntilPause,
  masterBegins,
  masters,
  pauseAtA2,
  planOf,
  preflight,
  recordedRun,
  recorder,
  stopAgent,
  takeBackup,
  upgradeAgents,
} from './recorded-run.ts'

const golden = (name: string) => `../golden/run upgrade, ${name}.txt`

const upgradeOf4Agents = () => {
  const it = recorder(planOf(4))
  it.start()
  return it
}

/** A screen that has heard `told`, after `past`. */
function screenOf(terminal: FakeTerminal, now: () => Date, told: readonly Told[], past: readonly Told[] = []) {
  const renderer = tty(terminal.stream, { now, environment: {} })
  renderer.past(past)
  for (const event of told) renderer.tell(event)
  return renderer
}

const shown = (terminal: FakeTerminal): string => `${terminal.lines().join('\n')}\n`

/** What stands there once it holds `text`. The spinner turns, so it is shown as one sign. */
async function frameWith(terminal: FakeTerminal, text: string): Promise<string> {
  await vi.waitFor(() => expect(shown(terminal)).toContain(text), { timeout: 5000, interval: 20 })
  return shown(terminal).replaceAll(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, '*')
}

test('a finished run leaves its stages, each done', async () => {
  const { told, pausedAt, end } = recordedRun()
  const terminal = fakeTerminal(80, 24)

  await screenOf(terminal, () => end, told.slice(pausedAt), told.slice(0, pausedAt)).close()

  await expect(shown(terminal)).toMatchFileSnapshot(golden('last screen'))
  expect(terminal.isCursorShown()).toBe(true)
})

test('a paused run leaves nothing that turns: the node that stopped, and what was not begun', async () => {
  const it = upgradeOf4Agents()
  for (const chapter of [preflight, takeBackup, masters, agentsUntilPause, pauseAtA2]) chapter(it)
  const terminal = fakeTerminal(80, 24)

  await screenOf(terminal, it.now, it.told).close()

  await expect(shown(terminal)).toMatchFileSnapshot(golden('paused screen'))
})

test('while a master is under way its step, its last words and why it was chosen stand there', async () => {
  const it = upgradeOf4Agents()
  for (const chapter of [preflight, takeBackup]) chapter(it)
  masterBegins(it, 'm3', 'it leads nothing; m2 leads ZooKeeper, m1 leads Marathon and Mesos')
  it.pass(50)
  const terminal = fakeTerminal(80, 24)

  const renderer = screenOf(terminal, it.now, it.told)

  const frame = await frameWith(terminal, 'm3')
  expect(terminal.isCursorShown()).toBe(false)
  await renderer.close()
  await expect(frame).toMatchFileSnapshot(golden('master under way'))
})

test('while agents are under way a waiting gate counts down', async () => {
  const it = upgradeOf4Agents()
  for (const chapter of [preflight, takeBackup, masters, agentsUntilPause]) chapter(it)
  it.pass(40)
  const terminal = fakeTerminal(80, 24)

  const renderer = screenOf(terminal, it.now, it.told)

  const frame = await frameWith(terminal, 'a2')
  await renderer.close()
  await expect(frame).toMatchFileSnapshot(golden('agents under way'))
})

test('what was done before a resume is shown as done at once', async () => {
  const { told, pausedAt, end } = recordedRun()
  const terminal = fakeTerminal(80, 24)

  const renderer = screenOf(terminal, () => end, told.slice(pausedAt, pausedAt + 1), told.slice(0, pausedAt))

  const frame = await frameWith(terminal, 'Agents')
  await renderer.close()
  expect(frame).toContain('✔ Upgrade the masters')
  expect(frame).toContain('Agents: 2 of 4 done, 1 stopped')
})

test('a Ctrl-C is answered on the screen, and the last screen says where it stands', async () => {
  const it = upgradeOf4Agents()
  for (const chapter of [preflight, takeBackup]) chapter(it)
  masterBegins(it, 'm3', 'it leads nothing')
  it.tell({ event: 'stopping', text: 'Stopping; masters/m3/upgrade is under way and awaited.' })
  const terminal = fakeTerminal(80, 24)

  const renderer = screenOf(terminal, it.now, it.told)

  expect(await frameWith(terminal, 'Stopping')).toContain('Stopping; masters/m3/upgrade is under way and awaited.')
  const stop = { part: 'masters', why: 'interrupted', reason: 'stopped at a safe point, as asked' } as const
  renderer.tell({ event: 'step-finished', part: 'masters/m3/upgrade', found: 'absent', evidence: 'done', at: '' })
  renderer.tell({ event: 'run-paused', stop, at: it.now().toISOString() })
  await renderer.close()
  await expect(shown(terminal)).toMatchFileSnapshot(golden('interrupted screen'))
})

test('no line is wider than a terminal of 40 columns, and a resize leaves one whole frame', async () => {
  const it = upgradeOf4Agents()
  for (const chapter of [preflight, takeBackup, masters, agentsUntilPause]) chapter(it)
  const terminal = fakeTerminal(80, 24)
  const renderer = screenOf(terminal, it.now, it.told)
  await frameWith(terminal, 'chosen: it is the next one listed')

  terminal.resize(40, 24)

  await vi.waitFor(() => expect(Math.max(...terminal.lines().map(({ length }) => length))).toBeLessThanOrEqual(40))
  expect(terminal.lines().filter(line => line.startsWith('Upgrade orchard'))).toHaveLength(1)
  await renderer.close()
})

test('the last screen is broken into lines, not cut, however narrow the terminal', async () => {
  const it = upgradeOf4Agents()
  for (const chapter of [preflight, takeBackup, masters, agentsUntilPause, pauseAtA2]) chapter(it)
  const terminal = fakeTerminal(40, 24)

  await screenOf(terminal, it.now, it.told).close()

  await expect(shown(terminal)).toMatchFileSnapshot(golden('paused screen, 40 columns'))
})

test('colours are used where the terminal has them, and only there', async () => {
  const { told, end } = recordedRun()
  const [with_, without] = [fakeTerminal(80, 24, true), fakeTerminal(80, 24)]

  for (const terminal of [with_, without]) await screenOf(terminal, () => end, told).close()

  expect(with_.usedColours()).toBe(true)
  expect(without.usedColours()).toBe(false)
})

test('nothing is written for a run that never began', async () => {
  const terminal = fakeTerminal(80, 24)

  await screenOf(terminal, () => new Date(0), []).close()

  expect(terminal.written).toEqual([])
})

test('of 10,000 lanes, 60,000 events are told in 2 s, and a frame stays below 40 lines', async () => {
  const it = recorder(planOf(10_000, 2000))
  it.start()
  for (const chapter of [preflight, takeBackup, masters]) chapter(it)
  for (let first = 1; first <= 8000; first += 2000) {
    const nodes = Array.from({ length: 2000 }, (_, index) => `a${first + index}`)
    upgradeAgents(it, ...nodes)
    for (const node of nodes) agentEnds(it, node, 'S')
  }
  upgradeAgents(it, ...Array.from({ length: 1900 }, (_, index) => `a${8001 + index}`))
  for (let node = 8001; node <= 8100; node++) stopAgent(it, `a${node}`)
  expect(it.told.length).toBeGreaterThan(60_000)
  const terminal = fakeTerminal(80, 200)
  const begun = performance.now()

  const renderer = screenOf(terminal, it.now, it.told)
  const took = performance.now() - begun
  expect(terminal.written).toEqual([]) // telling draws nothing; frames have their own time

  await frameWith(terminal, 'more under way')
  expect(took).toBeLessThan(2000)
  expect(terminal.lines().length).toBeLessThan(40)
  expect(shown(terminal)).toContain('Agents: 8000 of 10000 done, 1800 under way, 100 stopped')
  await renderer.close()
  expect(terminal.lines().length).toBeLessThan(40)
})

test('a frame fits a terminal of few lines', async () => {
  const it = recorder(planOf(40, 20))
  it.start()
  for (const chapter of [preflight, takeBackup, masters]) chapter(it)
  upgradeAgents(it, ...Array.from({ length: 20 }, (_, index) => `a${1 + index}`))
  const terminal = fakeTerminal(80, 16)

  const renderer = screenOf(terminal, it.now, it.told)

  const frame = await frameWith(terminal, 'more under way')
  await renderer.close()
  expect(frame.split('\n').length).toBeLessThanOrEqual(16)
  expect(frame).toMatch(/^Upgrade orchard/)
})

test('a display that fails goes on as a line per event', async () => {
  const it = upgradeOf4Agents()
  const terminal = fakeTerminal(80, 24)
  let broken = false
  const now = (): Date => {
    if (broken) throw new Error('no such clock')
    return it.now()
  }
  const renderer = screenOf(terminal, now, it.told)
  await frameWith(terminal, 'Upgrade orchard')

  broken = true
  await frameWith(terminal, 'The display failed; from here on a line per event. no such clock')
  renderer.tell({ event: 'step-started', part: 'backup/take', at: '2026-11-20T22:00:00.000Z' })
  await renderer.close()

  expect(terminal.lines().at(-1)).toBe('22:00:00 backup    > Back up to s3://backups/orchard')
  expect(terminal.isCursorShown()).toBe(true)
})

test('a terminal that is gone is left alone', async () => {
  const it = upgradeOf4Agents()
  const terminal = fakeTerminal(80, 24)
  const renderer = screenOf(terminal, it.now, it.told)
  await frameWith(terminal, 'Upgrade orchard')

  terminal.stream.emit('error', new Error('write EIO'))
  const soFar = terminal.written.length
  renderer.tell({ event: 'step-started', part: 'backup/take', at: '2026-11-20T22:00:00.000Z' })
  await renderer.close()

  expect(terminal.written.length).toBe(soFar)
})

test('a terminal that is gone before the first frame does not keep the process', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const it = upgradeOf4Agents()
  const terminal = fakeTerminal(80, 24)
  const renderer = screenOf(terminal, it.now, it.told)

  terminal.stream.emit('error', new Error('write EIO'))
  await renderer.close()

  expect(vi.getTimerCount()).toBe(0)
})

test('a process that exits in mid-run gives the cursor back', async () => {
  const it = upgradeOf4Agents()
  const terminal = fakeTerminal(80, 24)
  const before = process.listeners('exit')
  const renderer = screenOf(terminal, it.now, it.told)
  await frameWith(terminal, 'Upgrade orchard')
  const added = process.listeners('exit').filter(listener => !before.includes(listener))

  for (const listener of added) listener.call(process, 1)

  expect(terminal.isCursorShown()).toBe(true)
  await renderer.close()
  expect(process.listeners('exit')).toEqual(before)
})
