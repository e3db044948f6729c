// The lines of a run, for logs.
import { expect, test } from 'vitest'
import type { Told } from '../../src/engine/events.ts'
import { plain } from '../../src/output/plain.ts'
import { titleAnd } from '../../src/output/titles.ts'
import { planOf, recordedRun, recorder } from './recorded-run.ts'

/** What a renderer writes of these events, after it was told what had passed. */
function linesOf(told: readonly Told[], past: readonly Told[] = []): string {
  let text = ''
  const renderer = plain(written => {
    text += written
  })
  renderer.past(past)
  for (const event of told) renderer.tell(event)
  return text
}

test('a whole run reads as it did before', async () => {
  await expect(linesOf(recordedRun().told)).toMatchFileSnapshot('../golden/run upgrade, plain.txt')
})

test('a resumed run names parts by their titles and begins with the date', () => {
  const { told, pausedAt } = recordedRun()

  const lines = linesOf(told.slice(pausedAt), told.slice(0, pausedAt)).split('\n')

  expect(lines.slice(0, 4)).toEqual([
    '2026-11-21, times are UTC',
    '01:21:59 run       resumed by ann on desk',
    '01:21:59 a2        = begins: tried again; it had stopped: a2 is not registered',
    '01:21:59 a2        + is back in Mesos as itself (active as S1)',
  ])
})

test('the date stands where it changes, and nowhere else', () => {
  const dates = linesOf(recordedRun().told)
    .split('\n')
    .filter(line => line.endsWith('times are UTC'))

  expect(dates).toEqual(['2026-11-20, times are UTC', '2026-11-21, times are UTC'])
})

test('each event is one line, whatever a node says', () => {
  const it = recorder(planOf(4))
  it.start()
  it.stepBegins('masters/m3/upgrade', 'first\nsecond\r\n\u001b[2Jcleared\u0007\u202e')

  expect(linesOf(it.told).split('\n').at(-2)).toBe('22:00:02 m3            first second cleared')
})

test('a failed step says why, and an override who let what pass', () => {
  const it = recorder(planOf(4))
  it.start()
  it.tell({ event: 'step-failed', part: 'masters/m3/upgrade', error: 'm3 runs 2.1.1' })
  const verdict = { well: false, saw: '2 of 3 serving', wanted: '3 of 3 serving' }
  it.tell({ event: 'overridden', part: 'preflight/all-serving', by: 'ann', reason: 'm2 is being replaced' })
  it.tell({ event: 'gate-passed', part: 'preflight/all-serving', verdict })

  expect(linesOf(it.told).split('\n').slice(2, 5)).toEqual([
    '22:00:00 m3        ! Upgrade failed: m3 runs 2.1.1',
    '22:00:00 preflight ! Exhibitor: every master serves: overridden by ann: m2 is being replaced',
    '22:00:00 preflight ! Exhibitor: every master serves: let pass, although 2 of 3 serving',
  ])
})

test('what a title says already is not said again', () => {
  expect(titleAnd('s3://x can be written', 's3://x can be written')).toBe('s3://x can be written')
  expect(titleAnd('It was decoded and read back', 'b1, 10 objects, decoded and read back')).toBe(
    'It was decoded and read back (b1, 10 objects)',
  )
  expect(titleAnd('a10 is back', 'a1')).toBe('a10 is back (a1)')
})

test('a node beside a line is not named twice, unless the sentence is about it', () => {
  const it = recorder(planOf(4))
  it.start()
  it.stepBegins('masters/m1/upgrade')
  it.stepEnds('masters/m1/upgrade', 'm1 runs 2.2.1')
  it.waitingGate('masters/m1/node-is-well', { saw: 'm1: dcos-mesos-master is not active', wanted: 'all well' }, 90)

  expect(linesOf(it.told).split('\n').slice(2, 5)).toEqual([
    '22:00:00 m1        > Upgrade',
    '22:00:00 m1        + Upgrade (m1 runs 2.2.1)',
    '22:00:00 m1        ? runs 2.2.1, its checks pass: dcos-mesos-master is not active (wanted: all well)',
  ])
})
