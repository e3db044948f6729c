// The events of a run, for machines.
import { expect, test } from 'vitest'
import { jsonl } from '../../src/output/jsonl.ts'
import { recordedRun } from './recorded-run.ts'

function linesOf(from: number): readonly string[] {
  const { told } = recordedRun()
  let text = ''
  const renderer = jsonl(written => {
    text += written
  })
  renderer.past(told.slice(0, from))
  for (const event of told.slice(from)) renderer.tell(event)
  return text.trimEnd().split('\n')
}

test('a whole run reads as it did before', async () => {
  const [started = '', ...others] = linesOf(0)

  expect(JSON.parse(started)).toEqual(recordedRun().told[0])
  await expect(`${others.join('\n')}\n`).toMatchFileSnapshot('../golden/run upgrade after its start, jsonl.txt')
})

test('every line parses to what was told', () => {
  expect(linesOf(0).map(line => JSON.parse(line))).toEqual(recordedRun().told)
})

test('a resumed run tells only what is new', () => {
  const { pausedAt } = recordedRun()

  const [first = ''] = linesOf(pausedAt)

  expect(JSON.parse(first)).toMatchObject({ event: 'run-resumed', at: '2026-11-21T01:21:59.000Z' })
})
