// The files of a schedule: what cron and a shell make of the line is the line that was meant, and a file knows whether it was touched.
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCron } from '../../src/schedule/cron-expression.ts'
import { cronPath, filesOf, type Schedule, unitName } from '../../src/schedule/files.ts'
import { cronCommand, shellLine } from '../../src/schedule/line.ts'
import { judge } from '../../src/schedule/own-file.ts'
import { stagger } from '../../src/schedule/stagger.ts'

const id = '0b767f2a-77c7-4076-9e05-c6ad8e28c8a0'

function scheduleOf(changes: Partial<Schedule['facts']> = {}, mail?: string): Schedule {
  const facts: Schedule['facts'] = {
    ...{
      cluster: 'lab',
      id,
      system: 'cron' as const,
      cron: '0 2 * * *',
      jitter: 600,
      user: 'dcos',
      home: '/home/dcos',
    },
    ...{ launcher: '/opt/dcosctl/bin/dcosctl', config: '/etc/dcosctl/lab.yaml' },
    ...changes,
  }
  const { launcher, config, home } = facts
  return {
    facts,
    expression: parseCron(facts.cron),
    line: { launcher, config, startWithin: facts.system === 'cron' ? '10m' : undefined, waitIfBusy: undefined },
    environment: { HOME: home, PATH: '/usr/bin:/bin' },
    mail,
  }
}

const textOf = (schedule: Schedule, ending = '') =>
  filesOf(schedule).find(({ path }) => path.endsWith(ending))?.text ?? ''
/** Without the two lines that only dcosctl reads. */
const body = (text: string) => text.split('\n').slice(2).join('\n')

test('a crontab has the whole environment, absolute paths and the line', () => {
  expect(
    body(textOf(scheduleOf({}, 'ops@example.com'))),
  ).toBe(`# Backup of the DC/OS cluster lab. To change it:  dcosctl backup schedule
SHELL=/bin/sh
HOME=/home/dcos
PATH=/usr/bin:/bin
MAILTO=ops@example.com
0 2 * * * dcos /opt/dcosctl/bin/dcosctl backup --config /etc/dcosctl/lab.yaml --quiet --unattended --skip-if-busy --start-within 10m
`)
})

test('a percent sign, a quote and a blank in a path reach the shell as they are', () => {
  const text = textOf(scheduleOf({ config: "/srv/it's 100%/lab.yaml" }))

  expect(text).toContain(`--config '/srv/it'"'"'s 100\\%/lab.yaml' --quiet`)
})

test('a unit has %, $, quotes and backslashes doubled or escaped, and the jitter in its timer', () => {
  const schedule = scheduleOf({ system: 'systemd', config: '/srv/50% "of" $HOME\\x/lab.yaml' })

  expect(textOf(schedule, '.service')).toContain('--config "/srv/50%% \\"of\\" $$HOME\\\\x/lab.yaml" --quiet')
  expect(textOf(schedule, '.timer')).toContain(
    'OnCalendar=*-*-* 02:00:00\nAccuracySec=1s\nRandomizedDelaySec=600\nPersistent=true\n',
  )
})

test('a unit whose backup hangs for a day is ended: its timer would start no other one', () => {
  expect(textOf(scheduleOf({ system: 'systemd' }), '.service')).toContain('\nTimeoutStartSec=24h\n')
})

test.each(['/a\\b', '/a\nb'])('a path that a crontab can not hold is refused: %j', config => {
  expect(() => filesOf(scheduleOf({ config }))).toThrow("which a crontab can't hold for sure")
})

test('a line that cron would cut off is refused', () => {
  expect(() => filesOf(scheduleOf({ config: `/${'x'.repeat(1000)}` }))).toThrow('cron takes 999')
})

test('cron skips files in cron.d that have a dot: a cluster with dots in its name gets none', () => {
  expect(cronPath('eu-1.example.com')).toBe('/etc/cron.d/dcosctl-eu-1_example_com')
  expect(unitName('eu-1.example.com')).toBe('dcosctl-backup-eu-1_example_com')
})

test('any words survive the crontab and the shell', () => {
  const word = fc.string({ unit: fc.constantFrom(...`ab/ %'"$\`&;|<>()*?[]#~=!{}-.`), minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), words => {
      const line = cronCommand(shellLine(words))
      const [command = ''] = line.replaceAll('\\%', '\0').split('%') // as cron(8) takes it apart
      const said = execFileSync('/bin/sh', ['-c', `printf '%s\\n' ${command.replaceAll('\0', '%')}`], {
        encoding: 'utf8',
      })
      expect(said).toBe(words.map(each => `${each}\n`).join(''))
    }),
    { numRuns: 60 },
  )
})

describe('a file says of itself', () => {
  const text = textOf(scheduleOf())

  test('that it is as it was written, and what it is for', () => {
    expect(judge(text)).toMatchObject({ is: 'as-written', facts: { cluster: 'lab', id, user: 'dcos', jitter: 600 } })
  })

  test('that it was edited, whichever character it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: text.indexOf('\n') + 1, max: text.length - 1 }), at => {
        expect(judge(text.slice(0, at) + '\u0001' + text.slice(at + 1)).is).toBe('edited')
      }),
    )
  })

  test.each(['', '0 2 * * * root true\n', '# dcosctl-schedule 2 sha256=0\n', `\n${text}`])(
    'that it is not ours: %j',
    other => {
      expect(judge(other).is).toBe('foreign')
    },
  )
})

describe('the delay of a host', () => {
  test('is the same every night, below its limit, and another on another host', () => {
    const delays = ['a', 'b', 'c', 'd', 'e'].map(host => stagger(id, host, 600))

    expect(delays).toEqual(['a', 'b', 'c', 'd', 'e'].map(host => stagger(id, host, 600)))
    expect(new Set(delays).size).toBe(5)
    expect(delays.filter(delay => delay < 0 || delay >= 600)).toEqual([])
  })

  test('is none where none was asked for', () => expect(stagger(id, 'a', 0)).toBe(0))
})
