// The simulated services held to recordings of real Mesos processes, and to what those were seen to do.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until as untilSeen } from './deadline.ts'
import { differentFields, notSimulated, notSimulatedOfAgents } from './services/deliberate-differences.ts'
import { isObject, type Json, listAt, numberAt, objectAt, parseJson, sorted, textAt } from './services/json.ts'
import { decodeRecord, keyOf, metadataKey, variableIn } from './services/log-records.ts'
import { registry } from './services/mesos-messages.ts'
import { ClusterOnLoopback, servicesUnavailable } from './services/on-loopback.ts'
import { decode, encode } from './services/protobuf.ts'
import { type Recorded, recordedIn, recordings, withoutHost } from './services/recorded.ts'
import { alike, differenceOf, shapeOf } from './services/shape.ts'
import { ZookeeperSession } from './services/zookeeper-session.ts'

const reason = servicesUnavailable()

type Seen = {
  readonly status: number
  readonly contentType: string
  readonly location: string | undefined
  readonly text: string
}

async function ask(host: string, port: number, path: string, sent?: string): Promise<Seen> {
  const response = await fetch(`http://${host}:${port}${path}`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(5_000),
    headers: { 'Content-Type': 'application/json' },
    ...(sent === undefined ? {} : { method: 'POST', body: sent }),
  })
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    location: response.headers.get('location') ?? undefined,
    text: await response.text(),
  }
}

/** As `until`; a look that throws, such as at a port that is not open yet, is one more look. */
const until = <T>(what: string, seconds: number, look: () => Promise<T | undefined>): Promise<T> =>
  untilSeen(what, seconds, () => look().catch(() => undefined))

const requestOf = ({ method, path, sent }: Recorded): string => [method, path, sent].filter(Boolean).join(' ')

/** Every way in which the simulated process answers otherwise than the recorded one, but for the deliberate ones. */
async function differences(
  folder: string,
  host: string,
  port: number,
  skipped: readonly { readonly request: RegExp }[] = notSimulated,
): Promise<readonly string[]> {
  const found: string[] = []
  const asked = recordedIn(folder).filter(recorded => !skipped.some(({ request }) => request.test(requestOf(recorded))))
  expect(asked.length).toBeGreaterThan(3)
  for (const recorded of asked) {
    const seen = await ask(host, port, recorded.path, recorded.sent)
    const location = seen.location === undefined ? undefined : withoutHost(seen.location)
    const sides: readonly (readonly [string, unknown, unknown])[] = [
      ['status', recorded.status, seen.status],
      ['content type', recorded.contentType, seen.contentType],
      ['location', recorded.location, location],
      ['text', recorded.text, recorded.text === undefined ? undefined : seen.text],
    ]
    for (const [what, was, is] of sides) {
      if (was !== is) found.push(`${requestOf(recorded)}: ${what} ${String(was)} recorded, ${String(is)} simulated`)
    }
    if (recorded.json !== undefined && seen.status === 200) {
      found.push(
        ...fieldDifferences(recorded.json, parseJson(seen.text)).map(line => `${requestOf(recorded)}: ${line}`),
      )
    }
  }
  return found
}

function fieldDifferences(was: Json, is: Json): readonly string[] {
  const { missing, extra } = differenceOf(shapeOf(byName(was)), shapeOf(byName(is)))
  const accepted = (line: string) => differentFields.some(({ field }) => field.test(line))
  return [...missing.map(line => `missing ${line}`), ...extra.map(line => `extra ${line}`)].filter(
    line => !accepted(line.replace(/^\w+ /, '')),
  )
}

/** GET_METRICS and GET_FLAGS list names as data: there, the names are what is compared. */
function byName(value: Json): Json {
  const lists = [
    listAt(objectAt(value, 'get_metrics'), 'metrics'),
    listAt(objectAt(value, 'get_flags'), 'flags'),
  ].flat()
  return lists.length === 0 ? value : Object.fromEntries(lists.map(entry => [alike(textAt(entry, 'name')), '']))
}

const metricsOf = async (host: string): Promise<Json> => {
  const answer = await ask(host, 5050, '/api/v1', '{"type":"GET_METRICS","get_metrics":{}}')
  const list = listAt(objectAt(parseJson(answer.text), 'get_metrics'), 'metrics')
  return Object.fromEntries(list.map(entry => [textAt(entry, 'name'), numberAt(entry, 'value')]))
}
const snapshotOf = async (host: string, port = 5050): Promise<Json> =>
  parseJson((await ask(host, port, '/metrics/snapshot')).text)

/** How many of three agents are active, connected, … */
const slaveCounts = (metrics: Json): Json =>
  Object.fromEntries(
    Object.entries(objectAt({ metrics }, 'metrics')).filter(([name]) => name.startsWith('master/slaves_')),
  )
const recordedSlaveCounts = async (folder: string): Promise<Json> =>
  slaveCounts(parseJson(await readFile(join(recordings, 'agent_unreachable', folder, 'metrics_snapshot.json'), 'utf8')))

describe.skipIf(reason)(`simulated services on loopback${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let cluster: ClusterOnLoopback

  const masterNames = ['m1', 'm2', 'm3'] as const
  const leaderNow = (among: readonly string[] = masterNames) =>
    until('a leading master that has recovered', 60, async () => {
      for (const name of among) {
        const health = await ask(cluster.address(name), 5050, '/api/v1', '{"type":"GET_HEALTH"}').catch(() => undefined)
        if (health?.status === 200) return name
      }
      return undefined
    })
  const settled = (leader: string) =>
    until('three agents and four tasks', 40, async () => {
      const metrics = await metricsOf(cluster.address(leader))
      const well = numberAt(metrics, 'master/slaves_active') === 3 && numberAt(metrics, 'master/tasks_running') === 4
      return well && numberAt(metrics, 'master/uptime_secs') > 1 ? true : undefined
    })
  const standbyOf = (leader: string) => masterNames.find(name => name !== leader) ?? 'm1'

  beforeAll(async () => {
    const timing = { registryFetch: 6_000, agentPing: 500, agentPingTimeouts: 8 }
    cluster = await ClusterOnLoopback.make({ masters: 3, agents: 3, version: '2.1.1', timing })
    for (const name of masterNames) {
      cluster.start(name, 'exhibitor')
      cluster.start(name, 'mesos-master')
      cluster.start(name, 'marathon')
    }
    for (const { name } of cluster.agents) cluster.start(name, 'mesos-agent')
    await settled(await leaderNow())
  }, 120_000)

  afterAll(() => cluster.end(), 30_000)

  test('the leader answers as the recorded leader', async () => {
    expect(await differences('steady/leader', cluster.address(await leaderNow()), 5050)).toEqual([])
  })

  test('a standby answers as the recorded standby, redirects without scheme included', async () => {
    expect(await differences('steady/standby', cluster.address(standbyOf(await leaderNow())), 5050)).toEqual([])
  })

  test('an agent answers as the recorded agent', async () => {
    expect(await differences('steady/agent1', cluster.address('a1'), 5051, notSimulatedOfAgents)).toEqual([])
  })

  test('a redirect names the leader', async () => {
    const leader = await leaderNow()
    const { location } = await ask(cluster.address(standbyOf(leader)), 5050, '/slaves')
    expect(location).toBe(`//${cluster.address(leader)}:5050/master/slaves`)
  })

  test('the znodes under /mesos have the recorded names and fields', async () => {
    const recorded = listAt(
      parseJson(await readFile(join(recordings, 'zookeeper/znodes_steady.json'), 'utf8')),
      'znodes',
    )
    const text = new Map(recorded.map(entry => [textAt(entry, 'path'), textAt(entry, 'data_text')]))
    const numberless = (name: string) => name.replace(/\d{10}$/, '#')
    const session = new ZookeeperSession([`${cluster.address('m1')}:2181`], 10_000)
    await new Promise<void>(resolve => session.once('connected', resolve))
    const members = (await session.children('/mesos')).toSorted()
    const own = members.filter(name => name !== 'overlay_log_replicas').map(name => `/mesos/${numberless(name)}`)
    const replicas = (await session.children('/mesos/log_replicas')).map(
      name => `/mesos/log_replicas/${numberless(name)}`,
    )
    expect(new Set(['/mesos', ...own, ...replicas])).toEqual(new Set([...text.keys()].map(numberless)))

    const [info = ''] = members.filter(name => name.startsWith('json.info_'))
    const simulated = await session.read(`/mesos/${info}`)
    const real = [...text].find(([path]) => path.includes('json.info_'))?.[1] ?? ''
    const shape = (data: string) => shapeOf(parseJson(data))
    expect(shape(simulated)).toEqual(shape(real))
    const names = (data: string) => Object.keys(objectAt({ it: parseJson(data) }, 'it'))
    expect(names(simulated)).toEqual(names(real))

    const [replica = ''] = await session.children('/mesos/log_replicas')
    expect(await session.read(`/mesos/log_replicas/${replica}`)).toMatch(/^log-replica\(1\)@127\.77\.0\.1[123]:5050$/)
    await session.close()
  })

  test('the metrics are answered twice a second, GET_METRICS at once', async () => {
    const host = cluster.address(await leaderNow())
    await snapshotOf(host)
    const since = performance.now()
    await snapshotOf(host)
    await snapshotOf(host)
    expect(performance.now() - since).toBeGreaterThan(800)
    const then = performance.now()
    await metricsOf(host)
    expect(performance.now() - then).toBeLessThan(400)
  })

  test('an agent that is gone is disconnected at once, then unreachable in the registry, and comes back under its id', async () => {
    const leader = await leaderNow()
    const host = cluster.address(leader)
    await cluster.stop('a3', 'mesos-agent', 'SIGKILL')
    await until('the agent is disconnected', 5, async () =>
      numberAt(await metricsOf(host), 'master/slaves_disconnected') === 1 ? true : undefined,
    )
    expect(slaveCounts(await metricsOf(host))).toEqual(await recordedSlaveCounts('1_one_second_later'))
    const id = await until('the agent is unreachable', 20, async () => {
      const body = parseJson((await ask(host, 5050, '/registrar(1)/registry')).text)
      const lost = listAt(objectAt(body, 'unreachable'), 'slaves')[0]
      return lost === undefined ? undefined : textAt(objectAt(lost, 'id'), 'value')
    })
    expect(slaveCounts(await metricsOf(host))).toEqual(await recordedSlaveCounts('2_unreachable'))
    cluster.start('a3', 'mesos-agent')
    await settled(leader)
    const state = parseJson((await ask(cluster.address('a3'), 5051, '/state')).text)
    expect(textAt(state, 'id')).toBe(id)
  })

  test('a restarted agent keeps its id and its tasks', async () => {
    const state = async () => parseJson((await ask(cluster.address('a1'), 5051, '/state')).text)
    const tasks = (body: Json) =>
      listAt(body, 'frameworks')
        .flatMap(framework => listAt(framework, 'executors').map(executor => textAt(executor, 'id')))
        .toSorted()
    const before = await state()
    expect(tasks(before).length).toBeGreaterThan(0)
    await cluster.stop('a1', 'mesos-agent')
    cluster.start('a1', 'mesos-agent')
    await until('registered again', 10, async () =>
      numberAt(await snapshotOf(cluster.address('a1'), 5051), 'slave/registered') === 1 ? true : undefined,
    )
    const after = await state()
    expect(textAt(after, 'id')).toBe(textAt(before, 'id'))
    expect(tasks(after)).toEqual(tasks(before))
    await settled(await leaderNow())
  })

  test('an agent that does not re-register stays away until the fault is cleared', async () => {
    const isRegistered = async () => numberAt(await snapshotOf(cluster.address('a2'), 5051), 'slave/registered')
    cluster.setFault('a2', 'agent-does-not-re-register', true)
    expect(await isRegistered()).toBe(1)
    await cluster.stop('a2', 'mesos-agent')
    cluster.start('a2', 'mesos-agent')
    expect(await until('it answers', 10, isRegistered)).toBe(0)
    await until('its master notices', 5, async () =>
      numberAt(await metricsOf(cluster.address(await leaderNow())), 'master/slaves_disconnected') === 1
        ? true
        : undefined,
    )
    expect(await isRegistered()).toBe(0)
    cluster.setFault('a2', 'agent-does-not-re-register', false)
    await until('it registers by itself', 10, async () => ((await isRegistered()) === 1 ? true : undefined))
    await settled(await leaderNow())
  })

  test('a replica is a LevelDB folder with METADATA VOTING, one APPEND and its TRUNCATE', async () => {
    const leader = await leaderNow()
    const standby = standbyOf(leader)
    await cluster.stop(standby, 'mesos-master')
    const copy = await mkdtemp(join(tmpdir(), 'lab-log-'))
    await cp(join(cluster.root(standby), 'var/lib/dcos/mesos/master/replicated_log'), copy, { recursive: true })
    const level = new ClassicLevel<string, Buffer>(copy, {
      keyEncoding: 'utf8',
      valueEncoding: 'buffer',
      createIfMissing: false,
    })
    const entries = await level.iterator().all()
    await level.close()
    await rm(copy, { recursive: true })

    const [first, ...rest] = entries
    expect(first?.[0]).toBe(metadataKey)
    expect(first === undefined ? undefined : decodeRecord(first[1])).toMatchObject({ metadata: { status: 'VOTING' } })
    const actions = rest.map(([key, value]) => ({ key, ...decodeRecord(value) }))
    const appended = actions.flatMap(found =>
      'action' in found && found.action.body.type === 'APPEND' ? [found.action] : [],
    )
    const truncated = actions.flatMap(found =>
      'action' in found && found.action.body.type === 'TRUNCATE' ? [found.action] : [],
    )
    expect(appended).toHaveLength(1)
    const position = appended[0]?.position ?? 0
    expect(position).toBeGreaterThan(2)
    expect(truncated).toMatchObject([{ position: position + 1, learned: true, body: { to: position } }])
    for (const found of actions) expect('action' in found && keyOf(found.action.position)).toBe(found.key)

    const body = appended[0]?.body
    const inLog = body?.type === 'APPEND' ? variableIn(body.bytes, 'registry', registry) : undefined
    const served = parseJson((await ask(cluster.address(leader), 5050, '/registrar(1)/registry')).text)
    expect(inLog === undefined ? undefined : sorted(inLog)).toEqual(served)

    cluster.start(standby, 'mesos-master')
    await until('the replica votes again', 10, async () =>
      numberAt(await snapshotOf(cluster.address(standby)), 'registrar/log/recovered') === 1 ? true : undefined,
    )
  })

  test('a standby with an emptied log catches up from the others', async () => {
    const standby = standbyOf(await leaderNow())
    await cluster.stop(standby, 'mesos-master')
    await rm(join(cluster.root(standby), 'var/lib/dcos/mesos/master/replicated_log'), { recursive: true })
    cluster.start(standby, 'mesos-master')
    await until('the replica votes', 10, async () =>
      numberAt(await snapshotOf(cluster.address(standby)), 'registrar/log/recovered') === 1 ? true : undefined,
    )
  })

  test('a registrar that does not recover stays so until the fault is cleared', async () => {
    const standby = standbyOf(await leaderNow())
    const recovered = async () => numberAt(await snapshotOf(cluster.address(standby)), 'registrar/log/recovered')
    cluster.setFault(standby, 'registrar-does-not-recover', true)
    expect(await recovered()).toBe(1)
    await cluster.stop(standby, 'mesos-master')
    cluster.start(standby, 'mesos-master')
    expect(await until('it answers', 10, recovered)).toBe(0)
    cluster.setFault(standby, 'registrar-does-not-recover', false)
    await until('it recovers by itself', 10, async () => ((await recovered()) === 1 ? true : undefined))
  })

  test('faults of http work without a restart', async () => {
    const host = cluster.address('m1')
    cluster.setFault('m1', 'html', true)
    expect(await ask(host, 5050, '/state')).toMatchObject({ status: 200, contentType: 'text/html' })
    cluster.setFault('m1', 'html', false)
    cluster.setFault('m1', 'unauthorized', true)
    expect((await ask(host, 5050, '/state')).status).toBe(401)
    expect((await ask(host, 8181, '/exhibitor/v1/cluster/status')).status).toBe(401)
    expect((await ask(host, 8080, '/v2/info')).status).toBe(401)
    cluster.setFault('m1', 'unauthorized', false)
    expect((await ask(host, 5050, '/health')).status).toBe(200)
  })

  test('Marathon has one leader, and the others answer with its answers', async () => {
    const infos = await Promise.all(
      masterNames.map(async name => parseJson((await ask(cluster.address(name), 8080, '/v2/info')).text)),
    )
    expect(new Set(infos.map(info => textAt(info, 'leader'))).size).toBe(1)
    const leader = textAt(infos[0], 'leader')
    const other = masterNames.find(name => `${cluster.address(name)}:8080` !== leader) ?? 'm1'
    const response = await fetch(`http://${cluster.address(other)}:8080/v2/apps`)
    expect(response.headers.get('x-marathon-leader')).toBe(`http://${leader}`)
    const apps = listAt(parseJson(await response.text()), 'apps').map(app => [
      textAt(app, 'id'),
      numberAt(app, 'tasksRunning'),
    ])
    expect(apps).toEqual(
      expect.arrayContaining([
        ['/shop/web', 3],
        ['/shop/queue', 1],
      ]),
    )
    expect(await (await fetch(`http://${leader}/ping`)).text()).toBe('pong')
    const leading = masterNames.find(name => `${cluster.address(name)}:8080` === leader) ?? 'm1'
    cluster.setFault(leading, 'deployment-running', true)
    const deployments = listAt(
      { all: parseJson((await ask(cluster.address(leading), 8080, '/v2/deployments')).text) },
      'all',
    )
    expect(deployments).toHaveLength(1)
    cluster.setFault(leading, 'deployment-running', false)
  })

  test("Exhibitor tells each server's own state, and writes down who called a changing GET", async () => {
    const host = cluster.address('m2')
    const rows = async () =>
      listAt({ all: parseJson((await ask(host, 8181, '/exhibitor/v1/cluster/status')).text) }, 'all')
    expect((await rows()).map(row => [numberAt(row, 'code'), textAt(row, 'description')])).toEqual(
      Array(3).fill([3, 'serving']),
    )
    expect((await rows()).filter(row => isObject(row) && row.isLeader === true)).toHaveLength(1)
    expect((await ask(host, 8181, '/exhibitor/v1/cluster/stop/10.0.0.1')).status).toBe(200)
    const calls = await readFile(join(cluster.root('m2'), 'var/lib/lab/exhibitor-changing-calls'), 'utf8')
    expect(calls).toContain('GET /exhibitor/v1/cluster/stop/10.0.0.1')
    const pid = Number(await readFile(join(cluster.root('m3'), 'var/lib/dcos/exhibitor/zk.pid'), 'utf8'))
    process.kill(pid, 'SIGSTOP')
    await until('a stopped server is not serving', 15, async () =>
      (await rows()).some(row => textAt(row, 'hostname') === cluster.address('m3') && numberAt(row, 'code') === 2)
        ? true
        : undefined,
    )
    process.kill(pid, 'SIGCONT')
    await until('all serve again', 30, async () =>
      (await rows()).every(row => numberAt(row, 'code') === 3) ? true : undefined,
    )
    await settled(await leaderNow())
  })

  const log = (name: string) => join(cluster.root(name), 'var/lib/dcos/mesos/master/replicated_log')
  const served = async (name: string) =>
    parseJson((await ask(cluster.address(name), 5050, '/registrar(1)/registry')).text)

  test('two emptied logs of three do not recover; one copy on every master, put there while all are stopped, is what they go on with', async () => {
    const leader = await leaderNow()
    const before = await served(leader)
    const emptied = masterNames.filter(name => name !== leader)
    for (const name of emptied) {
      await cluster.stop(name, 'mesos-master')
      await rm(log(name), { recursive: true })
    }
    for (const name of emptied) cluster.start(name, 'mesos-master')
    for (const name of emptied) {
      const host = cluster.address(name)
      const first = await until(`${name} answers`, 10, () => snapshotOf(host))
      const later = [first, await snapshotOf(host), await snapshotOf(host), await snapshotOf(host)]
      expect(later.map(metrics => numberAt(metrics, 'registrar/log/recovered'))).toEqual([0, 0, 0, 0])
    }

    for (const name of masterNames) await cluster.stop(name, 'mesos-master')
    for (const name of emptied) {
      await rm(log(name), { recursive: true })
      await cp(log(leader), log(name), { recursive: true })
    }
    for (const name of masterNames) cluster.start(name, 'mesos-master')
    const next = await leaderNow()
    await settled(next)
    expect(listAt(objectAt(await served(next), 'slaves'), 'slaves')).toEqual(
      listAt(objectAt(before, 'slaves'), 'slaves'),
    )
  })

  test('a leader that is restarted within its session redirects to itself, then another one leads and the agents are back', async () => {
    const old = await leaderNow()
    const standby = standbyOf(old)
    await cluster.stop(old, 'mesos-master', 'SIGKILL')
    expect(
      await differences('failover_leader_killed/during_no_leader/127.0.0.12', cluster.address(standby), 5050),
    ).toEqual([])
    cluster.start(old, 'mesos-master')
    const { location } = await until('it redirects', 5, async () => {
      const seen = await ask(cluster.address(old), 5050, '/redirect')
      return seen.status === 307 ? seen : undefined
    })
    expect(location).toBe(`//${cluster.address(old)}:5050`)
    const withoutMetrics = [...notSimulated, { request: /metrics/ }]
    const restarted = 'leader_quick_restart/old_leader_right_after_restart'
    expect(await differences(restarted, cluster.address(old), 5050, withoutMetrics)).toEqual([])
    expect(numberAt(await snapshotOf(cluster.address(old)), 'master/elected')).toBe(0)
    const next = await leaderNow(masterNames.filter(name => name !== old))
    await settled(next)
    const recovered = listAt(parseJson((await ask(cluster.address(next), 5050, '/slaves')).text), 'recovered_slaves')
    expect(recovered).toEqual([])
  })

  test('tasks of an agent that a new leader still waits for are not started elsewhere', async () => {
    const tasksOf = async (host: string) => {
      const apps = listAt(parseJson((await ask(host, 8080, '/v2/apps')).text), 'apps')
      return apps.flatMap(app => listAt(app, 'tasks').map(task => textAt(task, 'id'))).toSorted()
    }
    const before = await until('Marathon knows four tasks', 10, async () => {
      const found = await tasksOf(cluster.address('m1'))
      return found.length === 4 ? found : undefined
    })
    const leader = await leaderNow()
    cluster.setFault('a2', 'agent-does-not-re-register', true)
    await cluster.stop('a2', 'mesos-agent')
    await cluster.stop(leader, 'mesos-master')
    const next = cluster.address(await leaderNow(masterNames.filter(name => name !== leader)))
    const uptime = await until('the others are back with the new leader', 30, async () => {
      const metrics = await metricsOf(next)
      const back =
        numberAt(metrics, 'master/slaves_active') === 2 && numberAt(metrics, 'master/frameworks_active') === 1
      return back ? numberAt(metrics, 'master/uptime_secs') : undefined
    })
    await until('the frameworks have been told several times', 10, async () =>
      numberAt(await metricsOf(next), 'master/uptime_secs') > uptime + 2 ? true : undefined,
    )
    cluster.start(leader, 'mesos-master')
    cluster.start('a2', 'mesos-agent')
    cluster.setFault('a2', 'agent-does-not-re-register', false)
    await settled(await leaderNow())
    expect(await tasksOf(cluster.address('m1'))).toEqual(before)
  })

  test('without a quorum a leader is elected, answers as an empty one, and exits', async () => {
    const leader = await leaderNow()
    const [gone = 'm1', last = 'm2'] = masterNames.filter(name => name !== leader)
    await cluster.stop(gone, 'mesos-master')
    await cluster.stop(leader, 'mesos-master')
    const host = cluster.address(last)
    await until('the last one is elected', 20, async () =>
      numberAt(await snapshotOf(host), 'master/elected') === 1 ? true : undefined,
    )
    expect(await differences('quorum_lost/elected_without_quorum', host, 5050)).toEqual([])
    await until('it exits after the fetch time-out', 20, async () =>
      cluster.runs(last, 'mesos-master') ? undefined : true,
    )
    expect(cluster.log(last, 'mesos-master')).toContain('Failed to recover registry')
    for (const name of masterNames) cluster.start(name, 'mesos-master')
    await settled(await leaderNow())
  })
})

test("the lab's protobuf reads a real master's registry as Mesos prints it, and writes what reads the same", async () => {
  const bytes = await readFile(join(recordings, 'replicated_log.last_registry.bin'))
  const printed = parseJson(await readFile(join(recordings, 'replicated_log.last_registry.json'), 'utf8'))
  const decoded = decode(registry, bytes)
  expect(sorted(decoded)).toEqual(printed)
  expect(decode(registry, encode(registry, decoded))).toEqual(decoded)
})
