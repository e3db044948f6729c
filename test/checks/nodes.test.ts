// What the checks that look at nodes themselves tell apart: versions, package swaps, units, DC/OS' own checks, the script.
import { describe, expect, test } from 'vitest'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'
import { verdictOf } from './verdict.ts'

describe('one-version', () => {
  const nodes = ['m1', 'm2', 'm3', 'a1']
  const ask = (fake: FakeWorld, version?: string) =>
    verdictOf(fake, { ask: 'one-version', nodes, ...(version === undefined ? {} : { version }) })

  test('one version on all nodes is well', async () => {
    const wanted = 'one version on all nodes'
    expect(await ask(fakeWorld())).toEqual({ well: true, saw: '2.1.1 on 4 of 4 nodes', wanted })
  })

  test('two versions are named with their nodes', async () => {
    const fake = fakeWorld()
    fake.node('m2').version = '2.2.1'

    expect(await ask(fake)).toMatchObject({
      well: false,
      saw: expect.stringMatching(/2\.1\.1 on (m1|m3|a1).*2\.2\.1 on m2|2\.2\.1 on m2; 2\.1\.1 on/),
      remedy: expect.stringContaining('dcosctl run list'),
    })
  })

  test('one version that is not the wanted one is not well', async () => {
    expect(await ask(fakeWorld(), '2.2.1')).toMatchObject({
      well: false,
      saw: '2.1.1 on m1, m2, m3, a1',
      wanted: '2.2.1',
    })
  })

  test.each(['install_progress', 'active is missing'] as const)('a swap that was cut off (%s) is named', async swap => {
    const fake = fakeWorld()
    fake.node('a1').swap = swap

    expect(await ask(fake)).toMatchObject({
      well: false,
      saw: `a1 has a package swap that was cut off (${swap})`,
      remedy: 'look at the node before anything else',
    })
  })

  test('a node without a version file, and one that can not be reached, are named', async () => {
    const fake = fakeWorld()
    fake.node('m3').version = undefined
    fake.node('m1').reachable = false

    const { saw } = await ask(fake)

    expect(saw).toContain('m3 has no readable dcos-version.json')
    expect(saw).toContain("m1 can't be asked: m1 can't be reached")
  })
})

describe('node-is-well', () => {
  const ask = (fake: FakeWorld) =>
    verdictOf(fake, { ask: 'node-is-well', node: 'm1', role: 'master', version: '2.1.1' })
  const saw = async (change: (node: ReturnType<FakeWorld['node']>) => void) => {
    const fake = fakeWorld()
    change(fake.node('m1'))
    const verdict = await ask(fake)
    return verdict.well ? 'well' : verdict.saw
  }

  test('version, units and checks as they should be are well', async () => {
    const wanted = 'DC/OS 2.1.1, its units active, its checks passing'
    expect(await ask(fakeWorld())).toEqual({ well: true, saw: 'DC/OS 2.1.1, checks pass', wanted })
  })

  test('another version, no version, a cut-off swap and a unit that is down are each said', async () => {
    expect(await saw(node => Object.assign(node, { version: '2.0.0' }))).toBe('it runs 2.0.0')
    expect(await saw(node => Object.assign(node, { version: undefined }))).toBe('it runs an unknown version')
    expect(await saw(node => Object.assign(node, { swap: 'install_progress' }))).toBe(
      'a package swap was cut off (install_progress)',
    )
    expect(await saw(node => Object.assign(node, { units: ['dcos-mesos-slave'] }))).toBe(
      'dcos-mesos-master is not active',
    )
  })

  test('a public agent is as well as another one', async () => {
    const fake = fakeWorld()
    Object.assign(fake.node('a1'), { units: ['dcos-mesos-slave-public'] })

    expect(await verdictOf(fake, { ask: 'node-is-well', node: 'a1', role: 'agent', version: '2.1.1' })).toMatchObject({
      well: true,
    })
  })

  const poststart = (text: string) =>
    saw(node => {
      node.checks = { ...node.checks, 'node-poststart': text }
    })

  test('a check that fails is named with what it said', async () => {
    expect(await poststart('{"status":2,"checks":{"clock_sync":{"status":2,"output":"off by 3 s\\n"}}}')).toBe(
      'check clock_sync says 2: off by 3 s',
    )
  })

  test('a runner that refused and ended with exit 0 is not a pass', async () => {
    expect(
      await poststart('{"error":"One or more requested checks could not be found","checks":["check: not found"]}'),
    ).toBe('the node-poststart checks were not run: One or more requested checks could not be found')
  })

  test('no check at all is a pass for the cluster, but not for a node', async () => {
    expect(await poststart('{"status":0,"checks":{}}')).toBe('no node-poststart check was run')
  })

  test('a runner that says nothing, or no JSON, is not a pass', async () => {
    expect(await poststart('')).toBe('the node-poststart checks did not answer: ""')
    expect(await poststart('sh: dcos-shell: not found')).toContain('did not answer: "sh: dcos-shell: not found"')
  })

  test('a status that no check explains is not a pass', async () => {
    expect(await poststart('{"status":3,"checks":{"a":{"status":0,"output":""}}}')).toContain('ended with status 3')
  })

  test('a cluster check that fails is not well, too', async () => {
    expect(
      await saw(node => {
        node.checks = { ...node.checks, cluster: '{"status":1,"checks":{"mine":{"status":1,"output":"hm"}}}' }
      }),
    ).toBe('check mine says 1: hm')
  })
})

describe('script-reachable', () => {
  const script = { url: 'http://bootstrap/x.sh', sha256: 'ab'.repeat(32), from: '2.1.1', to: '2.2.1' }
  const ask = (fake: FakeWorld) => verdictOf(fake, { ask: 'script-reachable', nodes: ['m1', 'a1'], script })

  test('the pinned script for every node is well', async () => {
    expect(await ask(fakeWorld())).toMatchObject({ well: true, saw: 'on 2 of 2 nodes' })
  })

  test('another script, and none, are told apart by node', async () => {
    const fake = fakeWorld()
    fake.node('m1').scriptDigest = 'cd'.repeat(32)
    fake.node('a1').scriptDigest = undefined

    expect(await ask(fake)).toMatchObject({
      well: false,
      saw: "m1 gets another script (sha256 cdcdcdcdcdcd…); a1 can't be asked: can't fetch http://bootstrap/x.sh: curl: (22) error: 404",
      wanted: 'sha256 abababababab… from every node',
    })
  })
})
