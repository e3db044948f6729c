// A control host with a real cron daemon: this machine's files in a mount namespace of its own, with its own /etc/cron.d, root's home,
// /run and mail, in the lab's network. The daemon is Debian's; only its clock is not: it runs faster (libfaketime), so that a
// minute of cron's takes seconds. What cron starts has the real clock.
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ended } from '../lab/command.ts'
import { until } from '../lab/deadline.ts'
import type { Lab } from '../lab/lab.ts'
import { repository } from '../lab/paths.ts'

export interface CronHost {
  /** Root's home on this host; `.ssh` and the state of runs are in it. */
  readonly home: string
  /** Any folder that tests write to; seen under the same path on the host. */
  readonly folder: string
  /** Its /etc/cron.d, and what is in it. */
  readonly cronFolder: string
  crontabs(): Readonly<Record<string, string>>
  writeCrontab(name: string, text: string): void
  removeCrontab(name: string): void
  /** Lets cron count its minutes from now on; answers how many there were. */
  tick(): () => number
  /** Names of dcosctl's runs that began here. */
  begun(): readonly string[]
  /** Mails that cron has sent, oldest first, headers included. */
  mails(): readonly string[]
  /** Whether dcosctl's own record says that a backup is under way. */
  isAtWork(): boolean
  /** dcosctl typed by root on this host, without a terminal. */
  dcosctl(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Ends the daemon and all that it started. */
  end(): Promise<void>
}

const library = (): string | undefined =>
  ['x86_64', 'aarch64'].map(cpu => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketime.so.1`).find(path => existsSync(path))

/** Why there can be none on this machine; undefined where there can. */
export function cronUnavailable(): string | undefined {
  if (!existsSync('/usr/sbin/cron')) return 'no cron'
  return library() === undefined ? 'no libfaketime' : undefined
}

/** `faster`: seconds of cron's clock in a second. */
export async function cronHost(lab: Lab, faster: number): Promise<CronHost> {
  const folder = mkdtempSync(join(tmpdir(), 'dcosctl-cron-'))
  const at = (name: string) => join(folder, name)
  for (const name of ['home', 'cron.d', 'spool/crontabs', 'mail', 'sbin']) mkdirSync(at(name), { recursive: true })
  const passwd = readFileSync('/etc/passwd', 'utf8').replace(/^(root:.*:)[^:]*(:[^:]*)$/m, `$1${at('home')}$2`)
  writeFileSync(at('passwd'), passwd)
  writeFileSync(at('crontab'), '')
  // PAM's usual modules ask for what a namespace has not (audit, a log-in); cron's job is the same without.
  writeFileSync(at('pam'), ['auth', 'account', 'session'].map(kind => `${kind} required pam_permit.so\n`).join(''))
  const sendmail = `#!/bin/sh\ncat >${at('mail')}/.$$ && mv ${at('mail')}/.$$ ${at('mail')}/$(date +%s%N)\n`
  writeFileSync(at('sbin/sendmail'), sendmail, { mode: 0o755 })
  const script = `set -e
mount --make-rprivate /
mount --bind ${at('cron.d')} /etc/cron.d
mount --bind ${at('crontab')} /etc/crontab
mount --bind ${at('spool')} /var/spool/cron
mount --bind ${at('passwd')} /etc/passwd
mount --bind ${at('pam')} /etc/pam.d/cron
mount -t overlay -o lowerdir=${at('sbin')}:/usr/sbin overlay /usr/sbin
mount -t tmpfs tmpfs /run
hostname control
touch ${at('ready')}
exec env -i PATH=/usr/sbin:/usr/bin:/bin LD_PRELOAD=${library()} FAKETIME='+0 x${faster}' /usr/sbin/cron -f`
  const namespaces = ['--mount', '--uts', '--ipc', '--pid', '--mount-proc', '--fork', '--kill-child']
  const unshared = lab.spawn(['unshare', ...namespaces, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [unshared.stdout, unshared.stderr]) stream?.on('data', chunk => (said += chunk))
  const closed = once(unshared, 'close')
  const end = async () => {
    unshared.kill('SIGKILL') // and with it, by --kill-child, the first process of the namespace
    await closed
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const daemon = await until('cron is ready', 10, () => {
      if (unshared.exitCode !== null) throw new Error(`cron did not start: ${said}`)
      return existsSync(at('ready')) ? childOf(unshared.pid) : undefined
    })
    const enter = ['nsenter', `--target=${daemon}`, '--mount', '--uts', '--pid', '--net', '--'] as const
    const usual = {
      HOME: at('home'),
      PATH: '/usr/bin:/bin',
      NODE_COMPILE_CACHE: join(tmpdir(), 'dcosctl-compile-cache'),
    }
    return {
      home: at('home'),
      folder,
      cronFolder: at('cron.d'),
      writeCrontab: (name, text) => writeFileSync(join(at('cron.d'), name), text),
      removeCrontab: name => rmSync(join(at('cron.d'), name)),
      tick() {
        writeFileSync(at('ticks'), '')
        writeFileSync(join(at('cron.d'), 'tick'), `* * * * * root echo tick >>${at('ticks')}\n`)
        return () => readFileSync(at('ticks'), 'utf8').split('\n').length - 1
      },
      begun: () => readdirSync(join(at('home'), '.local/state/dcosctl/lab/runs')).toSorted(),
      isAtWork: () =>
        /"ended": null/.test(readFileSync(join(at('home'), '.local/state/dcosctl/lab/last-backup.json'), 'utf8')),
      crontabs: () =>
        Object.fromEntries(
          readdirSync(at('cron.d')).map(name => [name, readFileSync(join(at('cron.d'), name), 'utf8')]),
        ),
      mails: () =>
        readdirSync(at('mail'))
          .filter(name => !name.startsWith('.'))
          .toSorted()
          .map(name => readFileSync(join(at('mail'), name), 'utf8')),
      dcosctl: (args, env = {}) =>
        lab.exec([...enter, join(repository, 'bin/dcosctl'), ...args], { env: { ...usual, ...env }, cwd: folder }),
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

const childOf = (pid: number | undefined): string | undefined =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] || undefined
