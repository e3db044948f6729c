// Builds, once per machine, the file tree that every node of every lab is an overlay of.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aptSources, sourceOf } from './apt-sources.ts'
import type { Say } from './say.ts'

const cache = '/var/cache/dcosctl-lab'
const suite = 'bookworm'
const customising = join(import.meta.dirname, 'image/customise.sh')

/** libatomic1 is for Node, which the nodes get from the repository; the JRE and the jars are for the real ZooKeeper. */
const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'openssh-server', 'sudo', 'ca-certificates', 'curl', 'jq'],
  ...[
    'iproute2',
    'iptables',
    'ipset',
    'procps',
    'iputils-ping',
    'netcat-openbsd',
    'xz-utils',
    'unzip',
    'less',
    'tar',
    'gawk',
  ],
  ...['libatomic1', 'default-jre-headless', 'zookeeper'],
]

/**
 * The image's root directory; built first (two to three minutes) where this machine has none for today's package list.
 * A build that is killed leaves a directory that the next one removes, never half an image.
 */
export function ensureImage(say: Say): string {
  const image = join(cache, imageKey())
  if (!existsSync(image)) buildImage(image, say)
  return join(image, 'root')
}

function imageKey(): string {
  const parts = [suite, process.arch, ...packages, readFileSync(customising, 'utf8')]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}

function buildImage(image: string, say: Say): void {
  mkdirSync(cache, { recursive: true })
  removeAbandonedBuilds()
  const { uri, keyring } = sourceOf(suite, aptSources())
  const building = `${image}.building-${process.pid}`
  const root = join(building, 'root')
  mkdirSync(root, { recursive: true })
  const log = `${image}.log`
  say(`building the image of the nodes (two to three minutes, once per machine); log: ${log}`)
  const include = packages.join(',')
  const signed = keyring === undefined ? [] : [`--keyring=${keyring}`]
  inOwnNamespaces(log, ['debootstrap', '--variant=minbase', ...signed, `--include=${include}`, suite, root, uri])
  inOwnNamespaces(log, ['chroot', root, '/bin/bash', '-s'], readFileSync(customising))
  const listed = spawnSync('dpkg-query', [`--admindir=${root}/var/lib/dpkg`, '--show'], { encoding: 'utf8' })
  writeFileSync(join(building, 'packages.txt'), listed.stdout)
  keepFirst(building, image)
}

/** Two builds at once are two times the work, not a broken image: who renames first wins. */
function keepFirst(building: string, image: string): void {
  try {
    renameSync(building, image)
  } catch (error) {
    rmSync(building, { recursive: true, force: true })
    if (!existsSync(image)) throw error
  }
}

/**
 * debootstrap mounts /proc and /sys in its target: in a mount namespace of its own they end with it, however it ends.
 * And it ends when this process does, or an abandoned build would go on in a directory that the next one removes.
 */
function inOwnNamespaces(log: string, argv: readonly string[], input?: Buffer): void {
  const out = openSync(log, 'a')
  const wrapped = ['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', ...argv]
  const { status, error } = spawnSync('setpriv', ['--pdeathsig', 'KILL', ...wrapped], {
    stdio: [input ? 'pipe' : 'ignore', out, out],
    env: { ...process.env, ...proxyOfApt(), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    ...(input && { input }),
  })
  if (status === 0) return
  const end = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
  throw new Error(
    `The image can't be built: ${argv[0]} failed (exit ${status ?? error?.message}). The end of ${log}:\n${end}`,
  )
}

/** debootstrap downloads with wget, which doesn't read apt's configuration. */
function proxyOfApt(): NodeJS.ProcessEnv {
  const { stdout } = spawnSync('apt-config', ['shell', 'proxy', 'Acquire::http::Proxy'], { encoding: 'utf8' })
  const proxy = /^proxy='(.+)'$/m.exec(stdout ?? '')?.[1]
  return proxy === undefined || proxy === 'DIRECT' ? {} : { http_proxy: proxy }
}

function removeAbandonedBuilds(): void {
  for (const name of readdirSync(cache)) {
    const builder = /\.building-(\d+)$/.exec(name)?.[1]
    if (builder !== undefined && !existsSync(`/proc/${builder}`))
      rmSync(join(cache, name), { recursive: true, force: true })
  }
}
