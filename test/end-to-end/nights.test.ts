// Nights without anybody watching, on real hosts: a real cron daemon and a real systemd timer start dcosctl, in their environments; a good
// night is silent, a bad one is told by mail, ping, webhook and metrics; what was scheduled can be taken away.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { until } from '../lab/deadline.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { makeKey } from '../ssh/keys.ts'
import { cronHost, cronUnavailable } from './cron-host.ts'
import { expectEnding } from './ending.ts'
import { onNode } from './lab-cluster.ts'
import { clusterFileOf, type FileOfCluster, operatorOf, untilWell } from './operator.ts'

const why = labUnavailable({ s3: false }) ?? cronUnavailable()
const name = 'nights without anybody watching'
const everyMinute = '* * * * *'
/** So many seconds of cron's clock in one. A minute is shorter than a backup then: those that come too early are skipped. */
const faster = 6

describe.skipIf(why !== undefined)(why ? `${name} (not here: ${why})` : name, () => {
  let root = ''
  let lab: Lab

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'dcosctl-nights-'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 3, agents: 1, s3: false })
    const operator = operatorOf(lab)
    await untilWell(operator)
    await operator.close()
  })
  afterAll(async () => {
    await lab?.down()
    rmSync(root, { recursive: true, force: true })
  })

  test('cron: installed, it fires; silent when well, told when not; removed, it fires no more', async () => {
    const host = await cronHost(lab, faster)
    onTestFinished(() => host.end())
    const heard = await receiver()
    const config = join(host.folder, 'lab.yaml')
    const backups = join(host.folder, 'backups')
    const crontab = () => host.crontabs()['dcosctl-lab'] ?? ''
    mkdirSync(backups)
    const write = (ssh: Partial<FileOfCluster['ssh']> = {}) => {
      const usual = clusterFileOf(lab, backups)
      const url = `http://${lab.description.operatorAddress}:8099`
      const patience = { cluster: { within: '2s', every: '1s', steady: '0s' } }
      const notify = {
        ping: { url: `${url}/p` },
        webhook: { url: `${url}/hook` },
        textfile: join(host.folder, 'lab.prom'),
      }
      writeFileSync(config, stringify({ ...usual, patience, notify, ssh: { ...usual.ssh, ...ssh } }))
    }
    const schedule = (...args: readonly string[]) => host.dcosctl(['backup', 'schedule', ...args, '--config', config])
    const install = () => schedule('--cron', everyMinute, '--confirm', 'lab')

    // Refused: a key that somebody would have to open, and a file that somebody else wrote.
    write({ identities: [(await makeKey(host.folder, 'shut', 'sesame')).file] })
    expectEnding(await install(), {
      exit: 10,
      says: ['shut has a passphrase, and no agent is', 'ssh-keygen'],
    })
    write()
    host.writeCrontab('dcosctl-lab', '# ours\n')
    expectEnding(await install(), {
      exit: 10,
      says: ['/etc/cron.d/dcosctl-lab is there, and dcosctl did not write it'],
    })
    expect(host.crontabs()).toEqual({ 'dcosctl-lab': '# ours\n' })
    host.removeCrontab('dcosctl-lab')

    // Installed.
    expect(await schedule('--cron', everyMinute, '--plan')).toMatchObject({ exit: 0 })
    expectEnding(await schedule('--cron', everyMinute), { exit: 10, says: ['must be confirmed', '--confirm lab'] })
    expect(host.crontabs()).toEqual({})
    expect(await install()).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Written: /etc/cron.d/dcosctl-lab.'),
    })
    expect(statSync(join(host.cronFolder, 'dcosctl-lab')).mode & 0o777).toBe(0o644)
    expect(await install()).toMatchObject({ exit: 0, stdout: 'It is there: /etc/cron.d/dcosctl-lab.\n' })

    // A good night.
    await until('cron has taken a backup', 180, () => heard.some(({ path }) => path === '/p'), 200)
    expect(backupsIn(backups)).not.toEqual([])
    expect(host.mails()).toEqual([])
    expect(heard.map(({ path }) => path)[0]).toBe('/p/start')
    expect(heard.filter(({ path }) => path === '/hook')).toEqual([])
    const shown = await schedule('show', '--json')
    expect(JSON.parse(shown.stdout)).toMatchObject({ problems: [], installed: [{ facts: { user: 'root' } }] })

    // A bad one.
    renameSync(backups, `${backups}.away`)
    const bad = () => host.mails().find(text => /can\s+be\s+written/.test(text))
    const mail = await until('cron has mailed', 180, bad, 200).catch((error: Error) => {
      throw new Error(`${error.message} Mails: ${JSON.stringify(host.mails())}`, { cause: error })
    })
    const paragraph = mail.slice(mail.indexOf('\n\n') + 2)
    expect(paragraph).toMatch(/^Error: There is no backup: .*there is no such\s+directory/s)
    expect(paragraph).toMatch(/\nNothing is left down and nothing half visible/)
    expect(paragraph.replaceAll(/\s+/g, ' ')).toMatch(
      /; the last one from this host is \S+, .*\d+ (s|min) old\. This is control, /,
    )
    expect(paragraph).toMatch(/Try this:\n {2}\* if it is a mount, mount it/)
    expect(paragraph).not.toContain('\u001b')
    expect(paragraph.split('\n').filter(line => line.length > 80 && !line.startsWith('  * '))).toEqual([])
    expect(heard.map(({ path }) => path)).toContain('/p/fail')
    const message = heard.find(({ path }) => path === '/hook')
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      event: 'failure',
      code: 'NO_RESULT',
      exit: 4,
      host: 'control',
    })
    const metrics = readFileSync(join(host.folder, 'lab.prom'), 'utf8')
    expect(metrics).toMatch(/^dcosctl_backup_last_exit_code\{.*\} 4$/m)
    expect(metrics).toMatch(/^dcosctl_backup_last_success_timestamp_seconds\{.*\} [\d.]+$/m)
    renameSync(`${backups}.away`, backups)

    // Edited, then removed.
    host.writeCrontab('dcosctl-lab', `${crontab()}# a note\n`)
    expect(await schedule('show')).toMatchObject({ exit: 3, stdout: expect.stringContaining('edited by hand') })
    expectEnding(await schedule('remove'), { exit: 10, says: ['with its edits must be confirmed'] })
    expect(await schedule('remove', '--confirm', 'lab')).toMatchObject({
      exit: 0,
      stdout: 'Removed: /etc/cron.d/dcosctl-lab.\n',
    })
    expect(await schedule('remove')).toMatchObject({ exit: 0, stdout: 'Nothing is scheduled for lab here.\n' })
    const ticks = host.tick()
    await until('cron has seen that it is gone', 120, () => ticks() >= 1, 200)
    await until('what began before has ended', 120, () => !host.isAtWork(), 200)
    const before = host.begun()
    await until('cron goes on with what is left', 120, () => ticks() >= 2, 200)
    expect(host.begun()).toEqual(before)
  })

  test('systemd: the timer that a cron expression becomes, as a user without rights, on a host of its own', async () => {
    const { ssh } = lab.description
    const write = (path: string, text: string) =>
      onNode(lab, 'a1', `mkdir -p /etc/dcosctl /srv/backups && cat >${path} <<'END'\n${text}\nEND`)
    const usual = clusterFileOf(lab, '/srv/backups')
    const { identities, knownHosts, ...rest } = {
      ...usual.ssh,
      identities: ['/etc/dcosctl/key'],
      knownHosts: ['/etc/dcosctl/known'],
    }
    const patience = { cluster: { within: '2s', every: '1s', steady: '0s' } }
    await write('/etc/dcosctl/lab.yaml', stringify({ ...usual, patience, ssh: { ...rest, identities, knownHosts } }))
    await write('/etc/dcosctl/key', readFileSync(ssh.identityFile, 'utf8'))
    await write('/etc/dcosctl/known', readFileSync(ssh.knownHostsFile, 'utf8'))
    await onNode(lab, 'a1', 'chmod 600 /etc/dcosctl/key; chown core /etc/dcosctl/key /srv/backups')
    const schedule = (args: string, timeout = 60) =>
      onNode(lab, 'a1', `/opt/lab/repo/bin/dcosctl backup schedule ${args} --config /etc/dcosctl/lab.yaml`, timeout)
    const unit = 'dcosctl-backup-lab'

    await schedule(`--cron '30 2 1 * 1-5' --jitter 10m --user core --system systemd --confirm lab`)

    await onNode(
      lab,
      'a1',
      `systemd-analyze verify /etc/systemd/system/${unit}.timer /etc/systemd/system/${unit}.service`,
    )
    expect(await onNode(lab, 'a1', `systemctl list-timers --no-legend ${unit}.timer`)).toContain(`${unit}.service`)
    await onNode(lab, 'a1', `systemctl start ${unit}.service`, 60)
    expect(await onNode(lab, 'a1', 'stat -c %U /srv/backups/lab/*/manifest.json')).toBe('core\n')
    const said = () => onNode(lab, 'a1', `journalctl -o cat _SYSTEMD_UNIT=${unit}.service`)
    expect(await said()).toBe('')
    expect(await schedule('show')).toMatch(/^By +systemd: .*\n(.*\n)*Last +began .*: taken\n/)

    await onNode(lab, 'a1', 'mv /srv/backups /srv/away')
    expect((await lab.node('a1').exec(`systemctl start ${unit}.service`, { timeout: 60 })).exit).not.toBe(0)
    expect(await said()).toContain('Error: There is no backup:')
    expect(await onNode(lab, 'a1', `systemctl show -p ExecMainStatus ${unit}.service`)).toBe('ExecMainStatus=4\n')

    await schedule('remove')
    expect(await onNode(lab, 'a1', `systemctl list-timers --all --no-legend ${unit}.timer`)).toBe('')
    expect(await onNode(lab, 'a1', `find /etc/systemd/system -name '*dcosctl*'`)).toBe('')
  })

  /** Everything that was sent to port 8099 of the operator's address, as it comes. */
  async function receiver(): Promise<readonly z.output<typeof request>[]> {
    const heard: z.output<typeof request>[] = []
    const script = join(import.meta.dirname, 'receiver.ts')
    const child = lab.spawn([process.execPath, script, lab.description.operatorAddress, '8099'], { stdio: 'pipe' })
    onTestFinished(() => void child.kill('SIGKILL'))
    let [listens, rest] = [false, '']
    child.stdout?.on('data', chunk => {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line === 'listening') listens = true
        else heard.push(request.parse(JSON.parse(line)))
      }
    })
    await until('the receiver listens', 20, () => listens)
    return heard
  }
})

const request = z.object({ method: z.string(), path: z.string(), body: z.string() })

const backupsIn = (store: string): readonly string[] =>
  readdirSync(store, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('/manifest.json'))
