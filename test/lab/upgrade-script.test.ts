// The simulated upgrade script on real hosts: what a run of it leaves, what its checks are worth, and a swap that is cut off.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from './deadline.ts'
import { type Lab, labUnavailable, labUp } from './lab.ts'
import { newestVersion, upgradeScriptPath } from './services/upgrade-script-path.ts'

const why = labUnavailable({ s3: false })
const from = '2.1.1'

describe.skipIf(why !== undefined)(`the upgrade script${why === undefined ? '' : ` (not here: ${why})`}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'dcosctl-lab-'))
  let lab: Lab
  beforeAll(async () => {
    lab = await labUp({ dir, masters: 1, agents: 3, version: from, s3: false, say: () => undefined })
    for (const { name, role } of lab.description.nodes) if (role === 'agent') await registered(name)
  })
  afterAll(async () => {
    await lab?.down()
    rmSync(dir, { recursive: true, force: true })
  })

  const on = async (node: string, script: string) => (await lab.node(node).exec(script, { timeout: 60 })).stdout.trim()
  const script = (node: string, flags = '') => {
    const url = `http://10.77.0.2${upgradeScriptPath(from, newestVersion)}`
    return lab
      .node(node)
      .exec(`cd /root && curl -fsO ${url} && bash dcos_node_upgrade.sh ${flags} </dev/null`, { timeout: 60 })
  }
  const version = (node: string) => on(node, 'jq -r .version /opt/mesosphere/etc/dcos-version.json')
  const executions = async (node: string) =>
    Number(await on(node, 'cat /var/lib/lab/upgrade-executions 2>/dev/null | wc -l'))
  const registered = (node: string) =>
    until(
      `${node} is registered`,
      40,
      async () =>
        (await on(
          node,
          `curl -s $(/opt/mesosphere/bin/detect_ip):5051/metrics/snapshot | jq '."slave/registered"'`,
        )) === '1',
    )

  test('an agent is upgraded once, and refuses the script from then on', async () => {
    expect(await script('a1')).toMatchObject({ exit: 0, stdout: 'Upgrading DC/OS agent 2.1.1 -> 2.2.1\n' })
    expect(await version('a1')).toBe('2.2.1')
    expect(await on('a1', 'systemctl is-active dcos-mesos-slave; ls /opt/mesosphere/install_progress 2>&1')).toMatch(
      /^active\nls: cannot access/,
    )
    await registered('a1')
    expect(await on('a1', 'curl -s $(/opt/mesosphere/bin/detect_ip):5051/version | jq -r .version')).toBe('1.11.0')

    expect(await script('a1')).toMatchObject({
      exit: 1,
      stdout: 'ERROR: Expecting to upgrade DC/OS from 2.1.1 to 2.2.1. Version found on node: 2.2.1\n',
    })
    expect(await executions('a1')).toBe(1)
  })

  test('the script may exit 0 without effect', async () => {
    await lab.fault('script-does-nothing', 'a2')
    expect(await script('a2')).toMatchObject({ exit: 0, stdout: '' })
    await lab.fault('script-does-nothing', 'a2', 'off')
    expect([await version('a2'), await executions('a2')]).toEqual([from, 0])
  })

  test("the script's own checks stop nothing: it exits 0 on a node whose checks fail", async () => {
    await lab.fault('checks-fail', 'a2')
    const runner = '/opt/mesosphere/bin/dcos-shell dcos-check-runner check node-poststart'
    const failed = await lab.node('a2').exec(runner)
    expect(failed.exit).toBe(2)
    expect(JSON.parse(failed.stdout)).toMatchObject({ status: 2, checks: { components_agent: { status: 2 } } })
    const vacuous = await lab.node('a2').exec(`${runner} cluster`)
    expect([vacuous.exit, Object.keys(JSON.parse(vacuous.stdout))]).toEqual([0, ['error', 'checks']])
    expect(await script('a2')).toMatchObject({ exit: 0 })
    expect(await version('a2')).toBe(newestVersion)
    await lab.fault('checks-fail', 'a2', 'off')
  })

  test('a swap that a reboot cuts off is refused to be repeated, and finished by dcos-setup at boot', async () => {
    await on('a3', 'echo 600 > /var/lib/lab/settings/upgrade-seconds')
    const url = `http://10.77.0.2${upgradeScriptPath(from, newestVersion)}`
    await on('a3', `cd /root && curl -fsO ${url} && systemd-run --quiet --unit=upgrade bash /root/dcos_node_upgrade.sh`)
    await until('the swap is under way', 20, async () =>
      (await on('a3', 'systemctl is-active dcos-mesos-slave; cat /opt/mesosphere/install_progress')).startsWith(
        'inactive\n{"stage"',
      ),
    )
    const again = await lab
      .node('a3')
      .exec('/opt/mesosphere/bin/pkgpanda activate $(/opt/mesosphere/bin/pkgpanda active)')
    expect(again).toMatchObject({ exit: 1, stderr: expect.stringContaining('found an install in progress') })
    await lab.node('a3').reboot()
    await registered('a3')
    expect(await version('a3')).toBe(newestVersion)
    expect(await on('a3', 'ls /opt/mesosphere/install_progress 2>&1')).toContain('cannot access')
    expect(await executions('a3')).toBe(1)
  })
})
