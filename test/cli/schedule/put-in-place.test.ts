// A schedule that can't be switched on leaves what was there before: a schedule that worked, or nothing.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { putInPlace, type Timer } from '../../../src/cli/schedule/put-in-place.ts'
import { DcosctlError } from '../../../src/errors.ts'
import { scratch } from '../../scratch.ts'

const unit = 'dcosctl-backup-lab.timer'

/** A systemd that fails at the calls with these numbers, beginning with 1. */
function systemd(...failing: readonly number[]): Timer & { readonly told: readonly string[] } {
  const told: string[] = []
  return {
    unit,
    told,
    async systemctl(...args) {
      told.push(args.join(' '))
      if (failing.includes(told.length))
        throw new DcosctlError('REFUSED', { what: `systemctl ${args.join(' ')}: no bus`, next: ['look at it'] })
    },
  }
}

function units() {
  const folder = scratch()
  const [service, timer] = [join(folder, 'lab.service'), join(folder, 'lab.timer')]
  return {
    ...{ folder, service, timer },
    files: [
      { path: service, text: 'the new service' },
      { path: timer, text: 'the new timer' },
    ],
    scheduledBefore: () => {
      writeFileSync(service, 'the old service')
      writeFileSync(timer, 'the old timer')
    },
    there: () => Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')])),
  }
}

const old = { 'lab.service': 'the old service', 'lab.timer': 'the old timer' }

test('a schedule is written and switched on', async () => {
  const { files, there } = units()
  const timer = systemd()

  await putInPlace(files, timer)

  expect(there()).toEqual({ 'lab.service': 'the new service', 'lab.timer': 'the new timer' })
  expect(timer.told).toEqual(['daemon-reload', `enable --now ${unit}`])
})

test.for([
  ['daemon-reload', 1],
  ['enable', 2],
] as const)('where %s fails the schedule from before is put back and switched on', async ([, failing]) => {
  const { files, there, scheduledBefore } = units()
  scheduledBefore()
  const timer = systemd(failing)

  await expect(putInPlace(files, timer)).rejects.toMatchObject({
    ...{ code: 'REFUSED', next: ['look at it'] },
    message: expect.stringMatching(/^systemctl .*: no bus$/),
    state: 'The schedule that was there before is there again, and switched on.',
  })

  expect(there()).toEqual(old)
  expect(timer.told.slice(failing)).toEqual(['daemon-reload', `enable --now ${unit}`])
})

test('a systemd that can not be told of the old one either: the files are back, and what to type is said', async () => {
  const { files, there, scheduledBefore } = units()
  scheduledBefore()

  await expect(putInPlace(files, systemd(1, 2))).rejects.toMatchObject({
    state:
      'The files that were there before are there again, but systemd could not be told: systemctl daemon-reload: no bus',
    next: ['look at it', `tell it:  systemctl daemon-reload && systemctl enable --now ${unit}`],
  })

  expect(there()).toEqual(old)
})

test('where nothing was scheduled before, nothing is left', async () => {
  const { files, there } = units()
  const timer = systemd(2)

  await expect(putInPlace(files, timer)).rejects.toMatchObject({
    state: 'Nothing is scheduled: what was written was removed again.',
  })

  expect(there()).toEqual({})
  expect(timer.told.slice(2)).toEqual([`disable --now ${unit}`, 'daemon-reload'])
})

test('of half a schedule the file that was there is put back, and the other one removed', async () => {
  const { files, there, service } = units()
  writeFileSync(service, 'the old service')

  await expect(putInPlace(files, systemd(2))).rejects.toThrow(DcosctlError)

  expect(there()).toEqual({ 'lab.service': 'the old service' })
})

test('a second file that can not be written takes the first one back', async () => {
  const { files, there, folder } = units()
  const nowhere = join(folder, 'not-there', 'lab.timer')

  const attempt = putInPlace([...files.slice(0, 1), { path: nowhere, text: 'the new timer' }], systemd())

  await expect(attempt).rejects.toMatchObject({
    code: 'REFUSED',
    message: expect.stringContaining('ENOENT'),
    state: 'Nothing is scheduled: what was written was removed again.',
  })
  expect(there()).toEqual({})
})

test('a file that can not be put back is named', async () => {
  const { files, service, timer, scheduledBefore } = units()
  scheduledBefore()
  const broken: Timer = {
    unit,
    async systemctl() {
      rmSync(timer, { force: true })
      mkdirSync(join(timer, 'a folder that no file can replace'), { recursive: true })
      throw new DcosctlError('REFUSED', { what: 'no bus' })
    },
  }

  await expect(putInPlace(files, broken)).rejects.toMatchObject({
    message: 'no bus',
    state: expect.stringMatching(/^What was there before could not be put back: .*lab\.timer: /),
  })
  expect(readFileSync(service, 'utf8')).toBe('the old service')
})
