// Steps on a node over the real sshd, with a simulated systemd: begun once, followed to the end, refused to a driver of the past.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Fenced, ScriptFailed, StepBusy } from '../../src/ssh/errors.ts'
import type { Host, Hosts } from '../../src/ssh/host.ts'
import { followStep, lookAtStep, otherStepAtWork, startStep } from '../../src/ssh/node-step.ts'
import { quote } from '../../src/ssh/quote.ts'
import { placesOf } from '../../src/ssh/step-name.ts'
import { makeKey, temporaryFolder } from './keys.ts'
import { reach } from './reach.ts'
import { type RealSshd, realSshd, whyNoSshd } from './real-sshd.ts'
import { simulatedSystemd } from './simulated-systemd.ts'

describe.skipIf(whyNoSshd)(`a step on a node, simulated systemd${whyNoSshd ? ` (skipped: ${whyNoSshd})` : ''}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let sshd: RealSshd
  let hosts: Hosts
  let m1: Host
  let systemd: Awaited<ReturnType<typeof simulatedSystemd>>
  let base = ''
  let round = 0

  beforeAll(async () => {
    folder = await temporaryFolder()
    const hostKey = await makeKey(folder.path, 'host_key')
    const userKey = await makeKey(folder.path, 'user_key')
    sshd = await realSshd(folder.path, 'm1', { hostKey, accepts: userKey })
    systemd = await simulatedSystemd(sshd.bin)
    const nodes = [{ name: 'm1', port: sshd.port, key: hostKey }]
    hosts = await reach({ folder: folder.path, nodes, user: sshd.user, identities: [userKey.file] })
    m1 = await hosts.host('m1')
  })

  beforeEach(() => {
    round += 1
    base = join(folder.path, `remembered-${round}`)
  })

  afterAll(async () => {
    await hosts.close()
    await sshd.stop()
    await folder.remove()
  })

  const name = () => ({ run: `r${round}`, part: 'masters/m1/upgrade', base })
  const order = (script: string, token = 5) => ({ ...name(), script, token })
  const follow = async (said: string[] = [], from = 0) =>
    followStep(() => hosts.host('m1'), name(), { say: line => said.push(line), from, outOfTouchWithin: 5_000 })
  const runsOf = async () =>
    (await readFile(systemd.runs, 'utf8')).split('\n').filter(unit => unit === `${placesOf(name()).unit}.service`)
      .length

  test('is absent, then runs, then its exit and output are there', async () => {
    expect(await lookAtStep(m1, name())).toEqual({ state: 'absent' })

    expect(
      await startStep(m1, { ...order('echo "to $version"; echo done; exit 3'), env: { version: "2.2.1 'x'" } }),
    ).toMatchObject({ start: 'begun' })
    const said: string[] = []
    const end = await follow(said)

    expect(end).toMatchObject({ state: 'ended', exit: 3, tail: ["to 2.2.1 'x'", 'done'] })
    expect(said).toEqual(["to 2.2.1 'x'", 'done'])
    expect(await lookAtStep(m1, name())).toMatchObject({ state: 'ended', exit: 3 })
  })

  test('is begun once, however many start it at once', async () => {
    const starts = await Promise.all(Array.from({ length: 4 }, () => startStep(m1, order('echo once'))))

    expect(starts.map(({ start }) => start).sort()).toEqual(['begun', 'found', 'found', 'found'])
    expect((await follow()).tail).toEqual(['once'])
    expect(await runsOf()).toBe(1)
  })

  test('is not begun again after it ended, not even when its unit is forgotten', async () => {
    await startStep(m1, order('echo once'))
    await follow()
    await m1.run(`systemctl stop ${placesOf(name()).unit}.service`, { as: 'root', within: 5_000 })

    expect(await startStep(m1, order('echo twice'))).toMatchObject({
      start: 'found',
      step: { state: 'ended', exit: 0 },
    })
    expect(await runsOf()).toBe(1)
  })

  test('may be started where somebody died right after claiming it', async () => {
    await mkdir(placesOf(name()).folder, { recursive: true })

    expect(await lookAtStep(m1, name())).toEqual({ state: 'claimed' })
    expect(await startStep(m1, order('echo begun after all'))).toMatchObject({ start: 'begun' })
    expect((await follow()).tail).toEqual(['begun after all'])
  })

  test('is lost, and not begun again, when the node booted while it was at work', async () => {
    const { folder: memory } = placesOf(name())
    await mkdir(memory, { recursive: true })
    await writeFile(join(memory, 'started'), 'another-boot none 5 1\n')

    expect(await startStep(m1, order('echo no'))).toMatchObject({ start: 'found', step: { state: 'lost' } })
    expect(await follow()).toMatchObject({ state: 'lost' })
  })

  test('is refused to a driver whose token is lower than one seen before', async () => {
    await startStep(m1, order('true', 7))
    await follow()
    const later = { ...order('echo late', 6), part: 'masters/m1/other' }

    await expect(startStep(m1, later)).rejects.toBeInstanceOf(Fenced)
    expect(await lookAtStep(m1, { ...name(), part: later.part })).toEqual({ state: 'absent' })
    expect(await startStep(m1, { ...later, token: 8 })).toMatchObject({ start: 'begun' })
  })

  test('is followed from where it was, and in many pieces', async () => {
    await startStep(
      m1,
      order(`i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; printf 'no newline, but ü'`),
    )
    const said: string[] = []
    const end = await follow(said)

    expect(said).toHaveLength(20_001)
    expect(said[19_999]).toBe('line 19999')
    expect(end.tail.at(-1)).toBe('no newline, but ü')
    const rest: string[] = []
    await follow(rest, 'line 0\nline 1\n'.length)
    expect(rest[0]).toBe('line 2')
  })

  test('is told line by line while it is at work', async () => {
    const gate = join(folder.path, `gate-${round}`)
    await startStep(m1, order(`echo before; while [ ! -e ${quote(gate)} ]; do sleep 0.05; done; echo after`))
    const said: string[] = []
    const open = async (line: string) => {
      said.push(line)
      if (line === 'before') await writeFile(gate, '')
    }
    const end = await followStep(() => hosts.host('m1'), name(), {
      say: line => void open(line),
      outOfTouchWithin: 5_000,
    })

    expect(end).toMatchObject({ state: 'ended', exit: 0 })
    expect(said).toEqual(['before', 'after'])
  })

  describe('while the step of another run is at work', () => {
    const next = () => ({ ...name(), run: `next-${round}` })
    const gateOf = () => join(folder.path, `gate-${round}`)
    const forWhile = (): string => `while [ -d ${quote(base)} ] && [ ! -e ${quote(gateOf())} ]; do sleep 0.05; done`
    const unitFile = () => join(systemd.units, `${placesOf(name()).unit}.service`)
    const startNext = () => startStep(m1, { ...next(), script: 'true', token: 6 })

    afterEach(() => writeFile(gateOf(), ''))

    /** Begins the first run's step and waits until it wrote so. */
    async function atWork(): Promise<void> {
      await startStep(m1, order(forWhile()))
      await expect.poll(() => lookAtStep(m1, name())).toMatchObject({ state: 'running', since: expect.any(Number) })
    }

    test('none is begun, and it is said which is at work since when', async () => {
      await atWork()
      const { unit } = placesOf(name())
      const said = { run: name().run, part: name().part, unit, since: expect.any(Number) }

      expect(await otherStepAtWork(m1, next())).toEqual(said)
      expect(await otherStepAtWork(m1, name())).toBeUndefined()
      const refused = await startNext().catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(StepBusy)
      expect(refused).toMatchObject({
        atWork: said,
        message: expect.stringMatching(
          `^masters/m1/upgrade of run r${round} is at work on m1 since 20[-\\dT:]+Z: masters/m1/upgrade was not started$`,
        ),
        next: [`wait until ${unit}.service has ended on m1`],
      })
      expect(await lookAtStep(m1, next())).toEqual({ state: 'absent' })

      await writeFile(gateOf(), '')
      expect(await follow()).toMatchObject({ state: 'ended', exit: 0 })
      expect(await otherStepAtWork(m1, next())).toBeUndefined()
      expect(await startNext()).toMatchObject({ start: 'begun' })
    })

    test('the first run still finds its own, and a unit that is being stopped is at work', async () => {
      await atWork()
      await writeFile(unitFile(), 'deactivating stop-sigterm\n')

      expect(await startStep(m1, order('true'))).toMatchObject({ start: 'found' })
      await expect(startNext()).rejects.toBeInstanceOf(StepBusy)
    })

    test('of many that start at once, each for a run of its own, one begins', async () => {
      const starts = await Promise.allSettled(
        [1, 2, 3].map(each => startStep(m1, { ...name(), run: `r${round}-${each}`, script: forWhile(), token: 5 })),
      )

      const refusals = starts.flatMap(start => (start.status === 'rejected' ? [start.reason] : []))
      expect(refusals).toEqual([expect.any(StepBusy), expect.any(StepBusy)])
    })

    test.each([
      ['the node booted, which forgets its unit', () => rm(unitFile())],
      ['its unit was killed', () => writeFile(unitFile(), 'failed failed\n')],
      ['its unit ended without leaving an exit', () => writeFile(unitFile(), 'active exited\n')],
    ])('one is begun after %s', async (_what, happens) => {
      await atWork()
      await happens()

      expect(await otherStepAtWork(m1, next())).toBeUndefined()
      expect(await startNext()).toMatchObject({ start: 'begun' })
    })

    test('none is begun where the name of the last one is damaged', async () => {
      await mkdir(base, { recursive: true })
      await writeFile(join(base, 'last'), '\n')

      await expect(startNext()).rejects.toThrow(/last names no step; remove it once no unit dcosctl-\* is at work/)
      await expect(otherStepAtWork(m1, next())).rejects.toBeInstanceOf(ScriptFailed)
      expect(await lookAtStep(m1, next())).toEqual({ state: 'absent' })
    })
  })

  test('an order with a variable that is none is refused before anything is sent', async () => {
    await expect(startStep(m1, { ...order('true'), env: { 'a b': 'c' } })).rejects.toThrow(
      "'a b' is no name of a variable",
    )
  })
})
