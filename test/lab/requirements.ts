// What this machine must have for the lab; what apt-get can bring is installed, and said.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Say } from './say.ts'

const forHosts = ['systemd-container', 'mmdebstrap', 'nftables', 'iproute2', 'openssh-client', 'xz-utils']
const forS3 = ['ceph-mon', 'ceph-osd', 'radosgw', 'ceph-common']

const instancesFile = '/proc/sys/fs/inotify/max_user_instances'
/** Each node's systemd uses five to nine inotify instances; at the kernel's 128 units begin to fail with about 20 nodes. */
const instancesWanted = 8192

/** Why this machine can't run a lab, after trying to install what is missing; undefined where it can. */
export function labUnavailable(say: Say, { s3 }: { readonly s3: boolean }): string | undefined {
  if (process.platform !== 'linux') return `the lab needs Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'the lab needs root'
  if (!existsSync('/usr/bin/dpkg-query')) return 'the lab needs Debian (dpkg-query is missing)'
  const failed = ensurePackages(s3 ? [...forHosts, ...forS3] : forHosts, say)
  if (failed !== undefined) return failed
  const namespaces = spawnSync('unshare', ['--mount', '--pid', '--net', '--fork', '--mount-proc', 'true'], {
    encoding: 'utf8',
  })
  if (namespaces.status !== 0) return `the lab needs namespaces of its own: ${namespaces.stderr.trim()}`
  return undefined
}

/** Installs what is missing with apt-get. Answers why it can't, or undefined. */
function ensurePackages(wanted: readonly string[], say: Say): string | undefined {
  const missing = wanted.filter(name => !isInstalled(name))
  if (missing.length === 0) return undefined
  say(`installing with apt-get: ${missing.join(' ')}`)
  return withoutStartingServices(
    () => aptGet(['update', '-qq']) ?? aptGet(['install', '-qq', '--yes', '--no-install-recommends', ...missing]),
  )
}

function isInstalled(name: string): boolean {
  const asked = spawnSync('dpkg-query', ['--status', name], { encoding: 'utf8' })
  return /^Status: install ok installed$/m.test(asked.stdout)
}

/** Debian's own way to say that a package must not start its daemons (invoke-rc.d(8)). */
const policyFile = '/usr/sbin/policy-rc.d'

function withoutStartingServices<T>(work: () => T): T {
  if (existsSync(policyFile)) return work()
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return work()
  } finally {
    rmSync(policyFile, { force: true })
  }
}

function aptGet(args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status === 0) return undefined
  const lastWords = `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n')
  return `apt-get ${args.join(' ')} failed (exit ${status}):\n${lastWords}`
}

/** Raises the kernel's limit of inotify instances per user where it is too low for a lab. */
export function raiseInotifyLimit(say: Say): void {
  const now = Number(readFileSync(instancesFile, 'utf8'))
  if (now >= instancesWanted) return
  try {
    writeFileSync(instancesFile, String(instancesWanted))
    say(`raised fs.inotify.max_user_instances from ${now} to ${instancesWanted} (until this machine reboots)`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    say(
      `fs.inotify.max_user_instances stays at ${now} (${why}): above about ${Math.floor(now / 9)} nodes units may fail`,
    )
  }
}
