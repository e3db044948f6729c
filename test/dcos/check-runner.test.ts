// What the check runner's answers mean: only checks that ran and passed are well.
import { describe, expect, test } from 'vitest'
import { failedChecks } from '../../src/dcos/check-runner.ts'

const passed = JSON.stringify({
  status: 0,
  checks: { xz: { status: 0, output: '' }, tar: { status: 0, output: 'ok' } },
})
const none = JSON.stringify({ status: 0, checks: {} })
const said = (poststart: string, cluster = none) => `node-poststart=${poststart}\ncluster=${cluster}\n`

test('checks that ran and passed are well; a cluster without cluster checks too', () => {
  expect(failedChecks(said(passed))).toEqual([])
  expect(failedChecks(said(passed, passed))).toEqual([])
})

test('each failed check is named with its status and its words', () => {
  const failed = JSON.stringify({
    status: 2,
    checks: {
      xz: { status: 0, output: '' },
      clock: { status: 2, output: 'not in step\n' },
      ip: { status: 1, output: 'warns' },
    },
  })

  expect(failedChecks(said(failed))).toEqual(['check clock says 2: not in step', 'check ip says 1: warns'])
})

describe('what is not a pass, though nothing failed', () => {
  test('a runner that refused, which exits 0 with an error', () => {
    expect(failedChecks(said(JSON.stringify({ error: 'Node checks are not permitted' })))).toEqual([
      'the node-poststart checks were not run: Node checks are not permitted',
    ])
  })

  test('an overall status that is not 0', () => {
    expect(failedChecks(said(JSON.stringify({ status: 3, checks: { xz: { status: 0, output: '' } } })))).toEqual([
      'the node-poststart checks ended with status 3',
    ])
    expect(failedChecks(said(passed, JSON.stringify({ checks: {} })))).toEqual([
      'the cluster checks ended with status undefined',
    ])
  })

  test('no node check at all, or only their names', () => {
    expect(failedChecks(said(none))).toEqual(['no node-poststart check was run'])
    expect(failedChecks(said(JSON.stringify({ status: 0, checks: ['xz', 'tar'] })))).toEqual([
      'no node-poststart check was run',
    ])
  })

  test.each([
    '',
    'Traceback (most recent call last)',
    '[]',
    'null',
    '{"status": "0"}',
    '{"status": 0, "checks": {"xz": {}}}',
  ])('an answer like %j', text => {
    expect(failedChecks(said(text)).join()).toContain('the node-poststart checks did not answer')
  })

  test('nothing at all', () => {
    expect(failedChecks('')).toHaveLength(2)
  })
})
