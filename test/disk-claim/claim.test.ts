// The claim on the masters' disks: one of many wins, a majority decides, and what was cut off never blocks for ever.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  adoptDiskClaim,
  nobodyOnDisks,
  releaseLost,
  resumeDiskClaim,
  type Taking,
  takeDiskClaim,
} from '../../src/disk-claim/claim.ts'
import { NobodyWon, NoMajority } from '../../src/disk-claim/errors.ts'
import { LineDropped } from '../../src/ssh/errors.ts'
import { Claimed, ClaimLost, NoClaim } from '../../src/zookeeper/claim/errors.ts'
import { mastersOnDisk } from './masters-on-disk.ts'

const me = { user: 'ana', host: 'laptop-a', pid: process.pid }
/** Of a process that has ended: process ids end well below. */
const dead = { ...me, pid: 2 ** 30 }
const other = { user: 'ben', host: 'laptop-b', pid: 7 }

const run = (name: string, who = me): Taking => ({
  ...{ run: name, runbook: 'restore', cluster: 'c-1', who },
  kind: 'changing',
  now: () => new Date('2026-11-20T02:00:00Z'),
})

/** A process that is killed when it has changed so many disks: nothing it asks for after that happens. */
function killedAfter(masters: ReturnType<typeof mastersOnDisk>, changes: number): void {
  let left = changes
  masters.before = (name, args) => {
    if (left === 0) throw new LineDropped(name, { what: `the line to ${name} was dropped` })
    if (args.length === 5) left--
  }
}

describe('taking', () => {
  test('the claim stands on every master that can be reached, above every token that they remember', async () => {
    const masters = mastersOnDisk()
    writeFileSync(`${masters.folder('m2')}/token`, '41 an-older-run\n')

    const claim = await takeDiskClaim(masters.world, { ...run('r1'), above: 12 })

    expect(claim.token).toBe(42)
    expect(['m1', 'm2', 'm3'].map(master => JSON.parse(masters.claimOn(master) ?? '{}'))).toEqual(
      Array(3).fill({
        ...{ format: 1, cluster: 'c-1', run: 'r1', runbook: 'restore', kind: 'changing', who: me },
        ...{ since: '2026-11-20T02:00:00.000Z', state: 'running', token: 42 },
      }),
    )
    await claim.hold.assertHeld()
  })

  test("ZooKeeper's token counts where it could be read", async () => {
    const masters = mastersOnDisk()

    const claim = await takeDiskClaim(masters.world, { ...run('r1'), above: 12 })

    expect(claim.token).toBe(13)
  })

  test.each([2, 3, 4, 5])(
    'of %i who begin at once exactly one has it, and the others leave nothing behind',
    async many => {
      const masters = mastersOnDisk(['m1', 'm2', 'm3', 'm4'])
      const racers = Array.from({ length: many }, (_, index) => run(`r${index}`, { ...me, host: `laptop-${index}` }))

      const ends = await Promise.allSettled(racers.map(racer => takeDiskClaim(masters.world, racer)))

      const won = ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : []))
      const lost = ends.flatMap(end => (end.status === 'rejected' ? [end.reason] : []))
      expect(won).toHaveLength(1)
      expect(lost.filter(error => !(error instanceof Claimed))).toEqual([])
      const stands = ['m1', 'm2', 'm3', 'm4'].flatMap(master => masters.claimOn(master) ?? [])
      expect(stands.map(text => JSON.parse(text).run)).toEqual(stands.map(() => won[0]?.node.run))
      expect(stands.length).toBeGreaterThanOrEqual(3)
    },
  )

  test('who comes second is told who, where and since when, and what to type', async () => {
    const masters = mastersOnDisk()
    await takeDiskClaim(masters.world, run('r1', other))

    const refused = await takeDiskClaim(masters.world, run('r2')).catch(error => error)

    expect(refused).toBeInstanceOf(Claimed)
    expect(refused.message).toContain('Its claim stands on the disks of m1 and m2 and m3.')
    expect(refused.message).toContain(
      'Run r1 (restore) of ben@laptop-b has this cluster since 2026-11-20T02:00:00.000Z and is running',
    )
    expect(refused.next).toEqual([
      'wait for it, or ask ben on laptop-b',
      'if that process is dead: within a minute nobody drives it any more',
    ])
  })

  test('one master of three may be down; with two down it is refused, naming what is missing', async () => {
    const masters = mastersOnDisk()
    masters.down.add('m1')

    const claim = await takeDiskClaim(masters.world, run('r1'))
    await claim.release()
    masters.down.add('m3')
    const refused = await takeDiskClaim(masters.world, run('r2')).catch(error => error)

    expect(refused).toBeInstanceOf(NoMajority)
    expect(refused.message).toBe(
      'Only 1 of 3 masters can be reached, and the claim on their disks needs 2: m1: m1 does not answer; m3: m3 does not answer.',
    )
  })

  test('where a person has accepted it, the masters that can be reached are enough', async () => {
    const masters = mastersOnDisk()
    masters.down.add('m1').add('m2')

    const claim = await takeDiskClaim(masters.world, { ...run('r1'), kind: 'reading', enough: 'reachable' })

    await claim.hold.assertHeld()
    expect(claim.token).toBe(1)
  })

  test('an answer that is lost on the way does not lose the claim', async () => {
    const masters = mastersOnDisk()
    let lost = 0
    masters.after = (name, args) => {
      if (args.length < 5 || lost++ > 0) return
      throw new LineDropped(name, { what: `the line to ${name} was dropped` })
    }

    const claim = await takeDiskClaim(masters.world, run('r1'))

    await claim.hold.assertHeld()
  })
})

describe('a taker that is killed', () => {
  test.each([1, 2, 3])('after %i disks took its claim blocks another one for a minute at most', async changes => {
    const masters = mastersOnDisk()
    killedAfter(masters, changes)
    await takeDiskClaim(masters.world, run('r1', dead)).catch(() => {})
    masters.before = () => {}
    for (const master of ['m1', 'm2', 'm3']) if (masters.claimOn(master)) masters.silentFor(master, 61)

    const claim = await takeDiskClaim(masters.world, run('r2'))

    expect(['m1', 'm2', 'm3'].map(master => JSON.parse(masters.claimOn(master) ?? '{}').run)).toEqual([
      'r2',
      'r2',
      'r2',
    ])
    await claim.hold.assertHeld()
  })

  test('while it might be alive the refusal names it and how to take it away; that takes it away', async () => {
    const masters = mastersOnDisk()
    killedAfter(masters, 2)
    await takeDiskClaim(masters.world, run('r1', dead)).catch(() => {})
    masters.before = () => {}

    const refused = await takeDiskClaim(masters.world, run('r2')).catch(error => error)
    const released = await releaseLost(masters.world, 'r1')

    expect(refused).toBeInstanceOf(NobodyWon)
    expect(refused.message).toContain('run r1 of ana@laptop-a is taking it, or was cut off while it did')
    expect(refused.next).toContain('if that run is lost:  dcosctl run abandon r1 --lost --reason …')
    expect(released).toBe(true)
    expect(['m1', 'm2', 'm3'].map(master => masters.claimOn(master))).toEqual([undefined, undefined, undefined])
  }, 20_000)

  test.each([4, 5])('after a majority had it (%i changes) is a run that has the cluster', async changes => {
    const masters = mastersOnDisk()
    killedAfter(masters, changes)
    await takeDiskClaim(masters.world, run('r1', dead)).catch(() => {})
    masters.before = () => {}
    for (const master of ['m1', 'm2', 'm3']) masters.silentFor(master, 3600)

    const refused = await takeDiskClaim(masters.world, run('r2')).catch(error => error)
    const resumed = await resumeDiskClaim(masters.world, { run: 'r1', who: me })

    expect(refused).toBeInstanceOf(Claimed)
    await resumed.hold.assertHeld()
  })

  test('leaves folders that are half made, which the next one removes', async () => {
    const masters = mastersOnDisk()
    mkdirSync(`${masters.folder('m1')}/claim.new`)
    mkdirSync(`${masters.folder('m2')}/claim.gone`)

    await takeDiskClaim(masters.world, run('r1'))

    expect(readdirSync(masters.folder('m1')).toSorted()).toEqual(['claim', 'lock', 'token'])
    expect(readdirSync(masters.folder('m2')).toSorted()).toEqual(['claim', 'lock', 'token'])
  })
})

describe('holding', () => {
  test('a disk that was lost does not lose the claim, nor gives it to another run', async () => {
    const masters = mastersOnDisk()
    masters.down.add('m3')
    const claim = await takeDiskClaim(masters.world, run('r1', other))
    rmSync(masters.folder('m2'), { recursive: true })
    masters.down.delete('m3')

    const refused = await takeDiskClaim(masters.world, run('r2')).catch(error => error)

    expect(refused).toBeInstanceOf(Claimed)
    expect(claim.hold.lost.aborted).toBe(false)
  })

  test('a master that was down when it was taken has it too, once it is back', async () => {
    const masters = mastersOnDisk()
    masters.down.add('m3')
    const claim = await takeDiskClaim(masters.world, run('r1'))
    masters.down.delete('m3')

    await claim.hold.assertHeld()

    expect(masters.claimOn('m3')).toBe(masters.claimOn('m1'))
  })

  test('who was adopted away is told by whom, and does nothing more', async () => {
    const masters = mastersOnDisk()
    const claim = await takeDiskClaim(masters.world, run('r1'))
    for (const master of ['m1', 'm2', 'm3']) masters.silentFor(master, 61)
    const adopted = await adoptDiskClaim(masters.world, { run: 'r1', who: other })

    const lost = await claim.hold.assertHeld().catch(error => error)

    expect(lost).toBeInstanceOf(ClaimLost)
    expect(lost.message).toContain('driven by ben@laptop-b')
    expect(claim.hold.lost.aborted).toBe(true)
    expect(adopted.token).toBe(claim.token + 1)
    await adopted.hold.assertHeld()
    await expect(claim.release()).rejects.toThrow(ClaimLost)
  })
})

describe('going on', () => {
  test('a paused run is resumed on its workstation, with a higher token', async () => {
    const masters = mastersOnDisk()
    const first = await takeDiskClaim(masters.world, run('r1'))
    await first.leave()

    const resumed = await resumeDiskClaim(masters.world, { run: 'r1', who: { ...me, pid: 9 } })

    expect(resumed.token).toBe(first.token + 1)
    expect(resumed.node).toMatchObject({ state: 'running', runbook: 'restore', since: first.node.since })
    await resumed.hold.assertHeld()
  })

  test('a living process is left alone; so is a driver elsewhere', async () => {
    const masters = mastersOnDisk()
    await takeDiskClaim(masters.world, run('r1', { ...me, pid: process.ppid }))

    const here = await resumeDiskClaim(masters.world, { run: 'r1', who: me }).catch(error => error)
    const there = await resumeDiskClaim(masters.world, { run: 'r1', who: other }).catch(error => error)
    const adopting = await adoptDiskClaim(masters.world, { run: 'r1', who: other }).catch(error => error)

    expect(here.message).toContain(`Process ${process.ppid} on this workstation still drives it.`)
    expect(there.message).toContain('It belongs to another workstation')
    expect(adopting.message).toContain('Its driver was there a moment ago.')
  })

  test('two who resume at once: exactly one drives', async () => {
    const masters = mastersOnDisk()
    await (await takeDiskClaim(masters.world, run('r1'))).leave()

    const ends = await Promise.allSettled(
      [11, 12].map(pid => resumeDiskClaim(masters.world, { run: 'r1', who: { ...me, pid } })),
    )

    const drivers = ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : []))
    const held = await Promise.allSettled(drivers.map(({ hold }) => hold.assertHeld()))
    expect(held.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('a run that is not there has no claim to take up', async () => {
    const masters = mastersOnDisk()

    await expect(resumeDiskClaim(masters.world, { run: 'r9', who: me })).rejects.toThrow(NoClaim)
  })
})

describe('ending', () => {
  test('a master that was down at the release keeps a copy that blocks nobody', async () => {
    const masters = mastersOnDisk()
    const claim = await takeDiskClaim(masters.world, run('r1'))
    masters.down.add('m3')
    await claim.release()
    masters.down.delete('m3')
    const left = masters.claimOn('m3')

    const { token } = await nobodyOnDisks(masters.world)
    const next = await takeDiskClaim(masters.world, run('r2', other))

    expect(left).toContain('"r1"')
    expect(token).toBe(claim.token)
    expect(next.token).toBe(claim.token + 1)
    expect(masters.claimOn('m3')).toContain('"r2"')
  })

  test('a reading run that died blocks nobody after a minute, and is refused to nobody who asks before', async () => {
    const masters = mastersOnDisk()
    const reading = await takeDiskClaim(masters.world, { ...run('b1', dead), kind: 'reading' })

    const early = await takeDiskClaim(masters.world, run('r1')).catch(error => error)
    for (const master of ['m1', 'm2', 'm3']) masters.silentFor(master, 61)
    const late = await takeDiskClaim(masters.world, run('r1'))

    expect(early).toBeInstanceOf(Claimed)
    expect(late.token).toBe(reading.token + 1)
    await expect(reading.hold.assertHeld()).rejects.toThrow(ClaimLost)
  })

  test('a lost run is not released while its driver shows itself, and for good once it does not', async () => {
    const masters = mastersOnDisk()
    await takeDiskClaim(masters.world, run('r1', other))

    const early = await releaseLost(masters.world, 'r1').catch(error => error)
    for (const master of ['m1', 'm2', 'm3']) masters.silentFor(master, 61)
    const late = await releaseLost(masters.world, 'r1')

    expect(early).toBeInstanceOf(Claimed)
    expect(late).toBe(true)
    expect(await releaseLost(masters.world, 'r1')).toBe(false)
    await expect(nobodyOnDisks(masters.world)).resolves.toEqual({ token: 1 })
  })

  test('what no dcosctl of this version wrote is refused, not removed', async () => {
    const masters = mastersOnDisk()
    await takeDiskClaim(masters.world, run('r1'))
    writeFileSync(`${masters.folder('m2')}/claim/claim.json`, '{"format":2}\n')

    const refused = await takeDiskClaim(masters.world, run('r2')).catch(error => error)

    expect(refused.message).toBe('/var/lib/dcosctl/claim/claim.json on m2 is not what this dcosctl writes.')
    expect(masters.claimOn('m2')).toBe('{"format":2}')
  })
})
