// What a node's answer about a step means, and the names it is kept under.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeName, placesOf, unescapeName } from '../../src/ssh/step-name.ts'
import { readAtWork, readStepAnswer } from '../../src/ssh/step-state.ts'

const look = (...lines: string[]) => readStepAnswer([...lines, 'end=look', ''].join('\n')).step
const none = ['boot=b1', 'LoadState=not-found', 'ActiveState=inactive', 'SubState=dead']
const running = [
  'boot=b1',
  'LoadState=loaded',
  'ActiveState=active',
  'SubState=running',
  'InvocationID=i1',
  'folder=there',
]

describe('a step is', () => {
  test('absent where there is no folder', () => {
    expect(look(...none)).toEqual({ state: 'absent' })
  })

  test('claimed where there is a folder, and nothing began', () => {
    expect(look(...none, 'folder=there')).toEqual({ state: 'claimed' })
  })

  test('running in the same boot with its unit active', () => {
    expect(look(...running, 'started=b1 i1 7 1700000000', 'output=12')).toEqual({
      state: 'running',
      since: 1700000000,
      outputBytes: 12,
    })
  })

  test('running in the moment before its unit wrote that it started', () => {
    expect(look(...running)).toEqual({ state: 'running', since: undefined, outputBytes: 0 })
  })

  test('ended once its exit is written, in whatever boot', () => {
    expect(look(...none, 'folder=there', 'started=b0 i1 7 1', 'exit=3', 'output=5')).toEqual({
      state: 'ended',
      exit: 3,
      outputBytes: 5,
    })
  })

  test.each([
    ['the node booted since', [...none, 'folder=there', 'started=b0 i1 7 1']],
    ['its unit is gone without an exit', [...none, 'folder=there', 'started=b1 i1 7 1']],
    ['its unit failed without an exit', ['boot=b1', 'ActiveState=failed', 'folder=there', 'started=b1 i1 7 1']],
    ['its unit runs a second time', [...running, 'started=b1 i0 7 1']],
    [
      'its unit ended and left no exit',
      ['boot=b1', 'ActiveState=active', 'SubState=exited', 'folder=there', 'started=b1 i1 7 1'],
    ],
  ])('lost where %s', (_why, lines) => {
    expect(look(...lines)).toMatchObject({ state: 'lost' })
  })
})

test('without an invocation id, as on systemd 219, the boot and the unit decide', () => {
  expect(look(...running.filter(line => !line.startsWith('Invo')), 'started=b1 none 7 1')).toMatchObject({
    state: 'running',
  })
})

test('an answer that is cut short is an error, not an absent step', () => {
  expect(() => readStepAnswer('boot=b1\nActiveState=inactive\n')).toThrow('cut short')
  expect(() => readStepAnswer('boot=b1\nexit=\nend=look\n')).toThrow('no number')
})

describe('another step at work is', () => {
  test.each([1_700_000_000, undefined])('named by its run and part, since %s', since => {
    const [run, part] = ['2026-11-20T020000Z-7f3a', 'nodes/a1/upgrade']
    const { unit, folder, base } = placesOf({ run, part })
    const printed = `busy=${unit} ${folder.slice(base.length + 1)} ${since ?? ''}\n`

    expect(readAtWork(printed)).toEqual({ run, part, unit, since })
    expect(readStepAnswer(printed).busy).toEqual({ run, part, unit, since })
  })

  test('none where nothing is said', () => {
    expect(readAtWork('')).toBeUndefined()
  })

  test.each(['busy=\n', 'busy=dcosctl-r-p r/p', 'busy=dcosctl-r-p r 5\n', 'busy=dcosctl-r-p r/p five\n'])(
    'an error, not none, for %j',
    printed => {
      expect(() => readAtWork(printed)).toThrow('names none')
    },
  )
})

test('any part id comes back from its escaped name, which is safe for a folder and a unit', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), name => {
      expect(escapeName(name)).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/)
      expect(unescapeName(escapeName(name))).toBe(name)
    }),
  )
})

test('different parts never share a folder or a unit', () => {
  const one = placesOf({ run: 'r', part: 'a/b' })
  const two = placesOf({ run: 'r', part: 'a_2fb' })

  expect(one).toEqual({
    base: '/var/lib/dcosctl',
    runFolder: '/var/lib/dcosctl/r',
    folder: '/var/lib/dcosctl/r/a_2fb',
    unit: 'dcosctl-r-a_2fb',
  })
  expect(two.folder).not.toBe(one.folder)
  expect(() => placesOf({ run: 'r', part: 'x'.repeat(300) })).toThrow('too long')
})
