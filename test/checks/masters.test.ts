// What the checks of masters tell apart: Exhibitor, ZooKeeper, Mesos' leader, its registrar.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'
import { verdictOf } from './verdict.ts'

const masters = ['m1', 'm2', 'm3']

afterEach(() => void vi.useRealTimers())

describe('all-serving', () => {
  const ask = (fake: FakeWorld) => verdictOf(fake, { ask: 'all-serving', masters: fake.masters })
  const wanted = '3 of 3 serving, one leader'

  test('three rows that serve, one of them the leader, are well', async () => {
    expect(await ask(fakeWorld())).toEqual({ well: true, saw: '3 of 3 serving', wanted })
  })

  test.each([
    [0, 'latent'],
    [1, 'down'],
    [2, 'not serving'],
  ])('a row with code %d is named as %s', async (code, description) => {
    const fake = fakeWorld()
    Object.assign(fake.row('127.0.0.12'), { code, description })

    expect(await ask(fake)).toMatchObject({
      well: false,
      saw: `2 of 3 serving: m2 is ${description}`,
      wanted,
      remedy: expect.stringContaining('dcos-exhibitor'),
    })
  })

  test('two leaders are counted, and so is none', async () => {
    const fake = fakeWorld()
    fake.row('127.0.0.13').isLeader = true
    expect(await ask(fake)).toMatchObject({ well: false, saw: '3 of 3 serving: 2 leaders' })

    for (const row of fake.exhibitor.rows) row.isLeader = false
    expect(await ask(fake)).toMatchObject({ well: false, saw: '3 of 3 serving: 0 leaders' })
  })

  test('a rolling configuration change goes before all else', async () => {
    const fake = fakeWorld()
    fake.exhibitor.rolling = true

    expect(await ask(fake)).toMatchObject({ well: false, saw: 'Exhibitor rolls out a configuration change' })
  })

  test('a server that Exhibitor does not know is missed', async () => {
    const fake = fakeWorld()
    fake.exhibitor.rows.pop()

    expect(await ask(fake)).toMatchObject({ well: false, saw: '2 of 3 serving: Exhibitor knows 2 servers' })
  })

  test('a server that Exhibitor knows and the cluster file does not is not well', async () => {
    const fake = fakeWorld()
    fake.exhibitor.rows.push({ hostname: '127.0.0.99', code: 3, description: 'serving', isLeader: false })

    expect(await ask(fake)).toMatchObject({ well: false, saw: expect.stringContaining('Exhibitor knows 4 servers') })
  })

  test('one Exhibitor speaks for all where another does not answer', async () => {
    const fake = fakeWorld()
    fake.node('m1').faults.exhibitor = 'closed'
    fake.node('m2').reachable = false

    expect(await ask(fake)).toMatchObject({ well: true })
  })

  test('none that answers is not well, and each is named', async () => {
    const fake = fakeWorld()
    for (const name of masters) fake.node(name).faults.exhibitor = '503'

    const { well, saw } = await ask(fake)

    expect(well).toBe(false)
    expect(saw).toContain('none of m1, m2, m3 answers: Exhibitor on m1 answered /exhibitor/v1/')
    for (const name of masters) expect(saw).toContain(`Exhibitor on ${name}`)
  })
})

describe('zookeeper-quorum', () => {
  const ask = (fake: FakeWorld) => verdictOf(fake, { ask: 'zookeeper-quorum', masters: fake.masters })

  test('one leader and two followers are well', async () => {
    const wanted = 'one leader and 2 followers'
    expect(await ask(fakeWorld())).toEqual({ well: true, saw: 'm1 leads, 2 follow', wanted })
  })

  test('a single master stands alone and is well', async () => {
    const wanted = 'one server, standalone'
    expect(await ask(fakeWorld({ masters: 1 }))).toEqual({ well: true, saw: 'm1 leads, 0 follow', wanted })
  })

  test.each([
    ['not-serving', 'm2 is out of the quorum (ZooKeeper is up but has no quorum)'],
    ['closed', 'm2 is out of the quorum (nobody listens at port 2181 of m2'],
    ['silent', 'm2 is out of the quorum (srvr: the server closed the connection without an answer)'],
    ['observer', 'm2 is out of the quorum'],
  ] as const)('a server that is %s is out of the quorum', async (how, saw) => {
    const fake = fakeWorld()
    fake.node('m2').zookeeper = how

    expect(await ask(fake)).toMatchObject({ well: false, saw: expect.stringContaining(saw) })
  })

  test('a frozen server is out of the quorum once its time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const fake = fakeWorld()
    fake.node('m3').zookeeper = 'frozen'
    const asking = ask(fake)
    await vi.advanceTimersByTimeAsync(10_000)

    expect(await asking).toMatchObject({
      well: false,
      saw: 'm3 is out of the quorum (srvr: no whole answer within 10000 ms (0 bytes came))',
    })
  })

  test('two leaders are two ensembles', async () => {
    const fake = fakeWorld()
    fake.node('m2').zookeeper = 'leader'

    expect(await ask(fake)).toMatchObject({ well: false, saw: '2 leaders' })
  })

  test('a server that stands alone beside an ensemble counts as a second leader', async () => {
    const fake = fakeWorld()
    fake.node('m3').zookeeper = 'standalone'

    expect(await ask(fake)).toMatchObject({ well: false, saw: '2 leaders' })
  })
})

describe('one-mesos-leader', () => {
  const ask = (fake: FakeWorld) => verdictOf(fake, { ask: 'one-mesos-leader', masters: fake.masters })
  const wanted = 'one leader, its registry recovered, named by every master'

  test('one that leads and is named by all is well', async () => {
    const fake = fakeWorld()
    fake.leaders({ mesos: 'm2' })

    expect(await ask(fake)).toEqual({ well: true, saw: 'm2 leads', wanted })
  })

  test('standbys alone are no leader', async () => {
    const fake = fakeWorld()
    fake.node('m1').mesos = 'standby'

    expect(await ask(fake)).toMatchObject({ well: false, saw: 'no master leads', wanted })
  })

  test('one that is elected and has not recovered its registry does not lead', async () => {
    const fake = fakeWorld()
    fake.node('m1').mesos = 'elected-not-recovered'

    expect(await ask(fake)).toMatchObject({
      well: false,
      saw: 'm1 is elected but has not recovered its registry',
    })
  })

  test('one that leads does not make up for a second one that is elected', async () => {
    const fake = fakeWorld()
    fake.node('m3').mesos = 'elected-not-recovered'

    expect(await ask(fake)).toMatchObject({ well: false, saw: expect.stringContaining('m3 is elected') })
  })

  test('two leaders are counted', async () => {
    const fake = fakeWorld()
    fake.node('m2').mesos = 'leading'

    expect(await ask(fake)).toMatchObject({ well: false, saw: '2 leaders' })
  })

  test('a master that still names the old leader is named itself', async () => {
    const fake = fakeWorld()
    fake.node('m3').namesLeader = '127.0.0.12'

    expect(await ask(fake)).toMatchObject({
      well: false,
      saw: 'm1 leads, but m3 takes 127.0.0.12 for the leader',
      remedy: expect.stringContaining('session of the old leader'),
    })
  })

  test('a master that knows of no leader is named', async () => {
    const fake = fakeWorld()
    fake.node('m2').namesLeader = undefined

    expect(await ask(fake)).toMatchObject({ well: false, saw: 'm1 leads, but m2 takes nobody for the leader' })
  })

  test('a master that can not be asked leaves the question open', async () => {
    const fake = fakeWorld()
    fake.node('m3').reachable = false

    expect(await ask(fake)).toMatchObject({ well: false, saw: expect.stringContaining("m3 can't be reached") })
  })
})

describe('registrar-recovered', () => {
  const ask = (fake: FakeWorld) => verdictOf(fake, { ask: 'registrar-recovered', masters: fake.masters })

  test('recovered on all is well, also on one that does not lead', async () => {
    const wanted = 'registrar/log/recovered = 1 on every master'
    expect(await ask(fakeWorld())).toEqual({ well: true, saw: 'recovered on 3 of 3 masters', wanted })
  })

  test('one that has not recovered is named with what its metric says', async () => {
    const fake = fakeWorld()
    fake.node('m2').recovered = false

    expect(await ask(fake)).toMatchObject({
      well: false,
      saw: 'm2 has not recovered its registrar log (registrar/log/recovered = 0)',
      remedy: expect.stringContaining('leave the other masters alone'),
    })
  })

  test('one that can not be asked does not hide another', async () => {
    const fake = fakeWorld()
    fake.node('m1').reachable = false
    fake.node('m3').recovered = false

    const { saw } = await ask(fake)

    expect(saw).toContain("m1 can't be asked: m1 can't be reached")
    expect(saw).toContain('m3 has not recovered')
  })
})

describe('others-are-well', () => {
  const ask = (fake: FakeWorld, node: string) =>
    verdictOf(fake, { ask: 'others-are-well', node, others: fake.masters.filter(name => name !== node) })

  test.each([
    [1, 'there is no other master'],
    [3, 'm2 and m3 well'],
    [5, 'm2 and m3 and m4 and m5 well'],
  ])('of %d masters that are well one may go down', async (amount, saw) => {
    expect(await ask(fakeWorld({ masters: amount }), 'm1')).toMatchObject({ well: true, saw })
  })

  test('of two masters none may: one is no quorum', async () => {
    expect(await ask(fakeWorld({ masters: 2 }), 'm1')).toMatchObject({
      well: false,
      saw: 'without m1 1 of 2 masters are left',
      wanted: 'a quorum of 2 without m1',
    })
  })

  test.each([3, 5])('of %d masters none may go down while another one is out of the quorum', async amount => {
    const fake = fakeWorld({ masters: amount })
    fake.node('m2').zookeeper = 'not-serving'

    expect(await ask(fake, 'm1')).toMatchObject({
      well: false,
      saw: expect.stringContaining('m2 is out of the quorum'),
      remedy: expect.stringContaining('m1 was not touched'),
    })
  })

  test.each([3, 5])('of %d masters none may while another one has not recovered its log', async amount => {
    const fake = fakeWorld({ masters: amount })
    fake.node('m3').recovered = false

    expect(await ask(fake, 'm1')).toMatchObject({ well: false, saw: expect.stringContaining('m3 has not recovered') })
  })

  test('everything that is wrong is said at once', async () => {
    const fake = fakeWorld()
    fake.row('127.0.0.12').code = 1
    fake.row('127.0.0.12').description = 'down'
    fake.node('m2').zookeeper = 'closed'
    fake.node('m2').recovered = false

    const { saw } = await ask(fake, 'm1')

    expect(saw).toContain('m2 is down')
    expect(saw).toContain('m2 is out of the quorum')
    expect(saw).toContain('m2 has not recovered')
  })

  test('one whose own log is not recovered may be upgraded: the others are asked', async () => {
    const fake = fakeWorld()
    fake.node('m1').recovered = false

    expect(await ask(fake, 'm1')).toMatchObject({ well: true })
  })
})
