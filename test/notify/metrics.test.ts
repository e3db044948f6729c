// The textfile of the node exporter: every line of the format, and no figure lost by a night that failed.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { messageOf } from '../../src/notify/message.ts'
import { metricsText } from '../../src/notify/metrics.ts'
import type { Ended, GoodBackup } from '../../src/notify/night.ts'

const cluster = { name: 'lab', id: '0b767f2a-77c7-4076-9e05-c6ad8e28c8a0' }
const good: GoodBackup = {
  backup: '2026-11-26T020000Z-7f3a',
  started: '2026-11-26T02:00:01.000Z',
  finished: '2026-11-26T02:00:31.500Z',
  bytes: 11154,
  objects: 10,
  level: 'stored',
}
const failed: Ended = {
  cluster,
  host: 'control',
  started: '2026-11-27T02:00:00.000Z',
  ended: '2026-11-27T02:00:20.000Z',
  exit: 4,
  code: 'NO_RESULT',
  what: 'There is no backup: the store is gone.',
  state: 'Nothing is left down.',
  next: ['mount it'],
  newest: undefined,
}

/** Samples by name; throws on a line that is not of the format. */
function samples(text: string): Readonly<Record<string, number>> {
  const found: Record<string, number> = {}
  const described = new Set<string>()
  for (const line of text.trimEnd().split('\n')) {
    const [, about] = /^# (?:HELP|TYPE) (\w+) \S.*$/.exec(line) ?? []
    if (about) {
      described.add(about)
      continue
    }
    const [, name, value] = /^([a-z_]+)\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\} (-?\d+(?:\.\d+)?)$/.exec(line) ?? []
    if (!name || value === undefined || !described.has(name)) throw new Error(`not a sample: ${line}`)
    found[name.replace('dcosctl_backup_', '')] = Number(value)
  }
  return found
}

test('a failed night keeps what is known of the last good one', () => {
  expect(samples(metricsText(failed, good))).toEqual({
    last_start_timestamp_seconds: Date.parse(failed.started) / 1000,
    last_end_timestamp_seconds: Date.parse(failed.ended) / 1000,
    last_duration_seconds: 20,
    last_exit_code: 4,
    last_skipped: 0,
    last_failed: 1,
    last_success_timestamp_seconds: Date.parse(good.finished) / 1000,
    last_success_duration_seconds: 30.5,
    newest_good_timestamp_seconds: Date.parse(good.finished) / 1000,
    newest_good_bytes: 11154,
    newest_good_objects: 10,
    newest_good_level: 1,
  })
})

test('a night that was skipped is no failure', () => {
  expect(samples(metricsText({ ...failed, exit: 5, code: 'SKIPPED' }, good))).toMatchObject({
    last_skipped: 1,
    last_failed: 0,
  })
})

test('while a backup is under way the figures of the one before stay', () => {
  const { host } = failed
  const begun = { cluster, host, started: '2026-11-28T02:00:00.000Z', previous: failed }

  expect(samples(metricsText(begun, good))).toMatchObject({
    last_start_timestamp_seconds: Date.parse(begun.started) / 1000,
    last_end_timestamp_seconds: Date.parse(failed.ended) / 1000,
    last_exit_code: 4,
  })
})

test('a store without a good backup has a newest of 0, which is older than any bound, whatever was taken once', () => {
  const seen = samples(metricsText({ ...failed, newest: null }, good))

  expect(seen).toMatchObject({ newest_good_timestamp_seconds: 0 })
  expect(seen).toHaveProperty('last_success_timestamp_seconds')
  for (const name of ['newest_good_bytes', 'newest_good_objects', 'newest_good_level'])
    expect(seen).not.toHaveProperty(name)
})

test('where the store could not be asked and this host remembers no backup, nothing is said of the newest', () => {
  const { host } = failed
  const begun = { cluster, host, started: '2026-11-28T02:00:00.000Z' }

  for (const night of [failed, begun])
    expect(Object.keys(samples(metricsText(night, undefined))).filter(name => name.startsWith('newest'))).toEqual([])
})

test('any name of a cluster makes lines of the format', () => {
  fc.assert(
    fc.property(fc.string(), name => {
      expect(Object.keys(samples(metricsText({ ...failed, cluster: { name, id: '1' } }, good)))).toHaveLength(12)
    }),
  )
})

test('the message of a webhook says in one text what failed, where, and how', () => {
  expect(messageOf(failed)).toMatchObject({
    format: 1,
    event: 'failure',
    text: 'The backup of lab failed on control: There is no backup: the store is gone. Nothing is left down. (NO_RESULT, exit 4)',
    seconds: 20,
  })
})
