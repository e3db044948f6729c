// An upgrade on real hosts where nothing goes wrong: from the plan to the last agent, in order, once, and without a word of its secrets.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ended } from '../lab/command.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import {
  agentsOf,
  appsOf,
  changingCallsOfExhibitor,
  executionsOfAll,
  type Leaders,
  leadersOf,
  mastersOf,
  onNode,
  swapTakes,
  versionOn,
} from './lab-cluster.ts'
import { type FileOfCluster, type Operator, operatorOf, untilWell } from './operator.ts'
import { all, laneOrder } from './run-story.ts'
import { type SeenProcesses, watchProcesses } from './seen-processes.ts'

const why = labUnavailable()
const zookeeperPassword = 'planted-zookeeper-password'

describe.skipIf(why !== undefined)(`an upgrade from 2.1.1 to 2.2.1${why ? ` (not here: ${why})` : ''}`, () => {
  let folder = ''
  let lab: Lab
  let operator: Operator
  let nodes: readonly string[] = []
  let before: { leaders: Leaders; apps: readonly unknown[] }
  let planned: Ended
  let ended: Ended
  let processes: SeenProcesses

  const secrets = () => ({
    'the sudo password': lab.description.ssh.asks.password,
    'the ZooKeeper password': zookeeperPassword,
    'the secret key of S3': lab.description.s3?.secretKey ?? '',
  })
  /** Which of the planted secrets stand in a text. */
  const secretsIn = (text: string): readonly string[] =>
    Object.entries(secrets()).flatMap(([what, secret]) => (text.includes(secret) ? [what] : []))

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dcosctl-upgrade-'))
    lab = await labUp({ dir: join(folder, 'lab'), masters: 3, agents: 2 })
    nodes = [...mastersOf(lab), ...agentsOf(lab)]
    const env = { SUDO_PASSWORD: lab.description.ssh.asks.password, ZOOKEEPER_AUTH: `keeper:${zookeeperPassword}` }
    operator = operatorOf(lab, { file: asking(lab), env })
    await untilWell(operator)
    swapTakes(lab, 1, nodes)
    before = { leaders: await leadersOf(lab), apps: await appsOf(lab) }

    processes = watchProcesses(lab.description)
    const plan = join(folder, 'plan.json')
    planned = await operator.dcosctl(['upgrade', '--plan', '--out', plan])
    ended = await operator.dcosctl(['upgrade', plan, '--confirm', lab.description.clusterName], { timeout: 240 })
    processes.stop()
  })

  afterAll(async () => {
    processes?.stop()
    await operator?.close()
    await lab?.down()
    rmSync(folder, { recursive: true, force: true })
  })

  test('it runs to its end with exit 0, by the plan that was shown', () => {
    expect(planned).toMatchObject({ exit: 0, stderr: '' })
    expect(planned.stdout).toContain('Upgrade lab from DC/OS 2.1.1 to 2.2.1')
    expect(ended, ended.stderr).toMatchObject({ exit: 0, stdout: expect.stringContaining('finished') })
  })

  test('every node runs the new version, and its script ran exactly once', async () => {
    expect(await Promise.all(nodes.map(node => versionOn(lab, node)))).toEqual(nodes.map(() => '2.2.1'))
    expect(await executionsOfAll(lab, nodes)).toEqual(Object.fromEntries(nodes.map(node => [node, 1])))
  })

  test('masters go one at a time, who leads Mesos last; then the agents, the second one after the canary was verified', async () => {
    const records = await operator.journalOf()
    const ofMasters = laneOrder(records, 'masters')
    const lanes = records.flatMap(({ event }) =>
      event.event === 'lane-started' || event.event === 'lane-finished' ? [`${event.event} ${event.node}`] : [],
    )

    expect(ofMasters.toSorted()).toEqual(mastersOf(lab).toSorted())
    expect(ofMasters.at(-1)).toBe(before.leaders.mesos)
    expect(ofMasters[0]).not.toBe(before.leaders.marathon)
    expect(laneOrder(records, 'agents')).toEqual(agentsOf(lab))
    expect(lanes).toEqual(
      [...ofMasters, ...agentsOf(lab)].flatMap(node => [`lane-started ${node}`, `lane-finished ${node}`]),
    )
  })

  test('apps run as before, in the same tasks', async () => {
    expect(await appsOf(lab)).toEqual(before.apps)
  })

  test("Exhibitor's GETs that change something were never called", async () => {
    expect(await changingCallsOfExhibitor(lab)).toBe('')
  })

  test('the cluster is free again', async () => {
    const again = await operator.dcosctl(['run', 'resume'])

    expect(again).toMatchObject({ exit: 2, stderr: expect.stringContaining('No run of lab waits to go on') })
    expect(all(await operator.journalOf(), 'run-finished')).toHaveLength(1)
  })

  test('no secret stands in what it wrote: journals, plan, stdout, stderr, the nodes', async () => {
    const files = readdirSync(operator.stateHome, { recursive: true, withFileTypes: true }).filter(file =>
      file.isFile(),
    )
    const written = files.map(file => join(file.parentPath, file.name))
    const texts = [...written, join(folder, 'plan.json')].map(path => readFileSync(path, 'utf8'))
    const remembered = await Promise.all(nodes.map(node => onNode(lab, node, everythingSaidOnNode)))

    expect(written.some(path => path.endsWith('journal.jsonl'))).toBe(true)
    expect(written.filter(path => (statSync(path).mode & 0o077) !== 0)).toEqual([])
    expect(remembered.every(text => text.includes('2.1.1 -> 2.2.1'))).toBe(true)
    expect(secretsIn([...texts, ...remembered, ...[planned, ended].flatMap(Object.values)].join('\n'))).toEqual([])
  })

  test('no secret stands in the argument list of a process, on the workstation or on a node', () => {
    const lists = [...processes.argumentLists]

    expect(lists.some(list => list.includes('bin/dev.js upgrade'))).toBe(true)
    expect(lists.some(list => list.includes('dcos_node_upgrade.sh'))).toBe(true)
    expect(lists.filter(list => secretsIn(list).length > 0)).toEqual([])
  })

  test('a secret that is refused is not told in the error', async () => {
    const patience = { cluster: { within: '1s', every: '1s', steady: '0s' } }
    operator.writeFile({ ...asking(lab), patience })
    const sudo = await operator.dcosctl(['check', 'no-deployments'], {
      env: { SUDO_PASSWORD: 'planted-wrong-password' },
    })
    const s3 = await operator.dcosctl(['backup'], { env: { AWS_SECRET_ACCESS_KEY: 'planted-wrong-key' } })

    expect(sudo).toMatchObject({ exit: 3, stdout: expect.stringContaining('sudo on m1') })
    expect(s3).toMatchObject({ exit: 4, stderr: expect.stringContaining('SignatureDoesNotMatch') })
    expect(JSON.stringify([sudo, s3])).not.toContain('planted-wrong')
  })
})

/** A cluster file by which dcosctl needs a password for sudo and one for ZooKeeper. */
function asking({ description: { ssh } }: Lab): Partial<FileOfCluster> {
  return {
    ssh: {
      user: ssh.asks.user,
      identities: [ssh.identityFile],
      knownHosts: [ssh.knownHostsFile],
      config: '/dev/null',
      sudoPassword: { env: 'SUDO_PASSWORD' },
    },
    zookeeper: { sessionTimeout: '8s', auth: { env: 'ZOOKEEPER_AUTH' } },
  }
}

/** What dcosctl keeps on a node, and what the node's journal says of it. */
const everythingSaidOnNode = 'find /var/lib/dcosctl -type f -exec cat {} +; journalctl --no-pager --output=cat'
