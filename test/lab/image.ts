// Builds, once per machine, the file tree that every node of every lab is an overlay of.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { aptSources, sourceOf } from './apt-sources.ts'
import type { Say } from './say.ts'

const cache = '/var/cache/dcosctl-lab'
/** What Node compiled of the simulated services, shared by the nodes of all labs: a node's own would be cold in every new lab. */
export const compileCache = join(cache, 'compiled')
const suite = 'bookworm'
/** Milliseconds. */
const lookEvery = 500
const customising = join(import.meta.dirname, 'image/customise.sh')

/** /bin is a link to /usr/bin from the start, as `usr-is-merged` asserts; else `usrmerge` makes it so, and brings all of Perl. */
const mergedUsr = '/usr/share/mmdebstrap/hooks/merged-usr'

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
  ...['libatomic1', 'default-jre-headless', 'zookeeper', 'usr-is-merged'],
]

/**
 * The image's root directory; built first (about a minute and a half) where this machine has none for today's package list.
 * A build that is killed leaves a directory that the next one removes, never half an image.
 */
export function ensureImage(say: Say): string {
  const image = join(cache, imageKey())
  mkdirSync(compileCache, { recursive: true })
  if (!existsSync(image)) waitForOtherBuild(image, say)
  if (!existsSync(image)) buildImage(image, say)
  return join(image, 'root')
}

function imageKey(): string {
  const parts = [suite, process.arch, ...packages, readFileSync(customising, 'utf8')]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}

/** Two builds at once would be two times the work. One that dies is not waited for. */
function waitForOtherBuild(image: string, say: Say): void {
  removeAbandonedBuilds()
  const isUnderWay = () => readdirSync(cache).some(name => name.startsWith(`${basename(image)}.building-`))
  if (isUnderWay()) say('waiting for the image of the nodes, which another process builds')
  while (isUnderWay()) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookEvery)
    removeAbandonedBuilds()
  }
}

function buildImage(image: string, say: Say): void {
  const { uri, keyring } = sourceOf(suite, aptSources())
  const building = `${image}.building-${process.pid}`
  const root = join(building, 'root')
  mkdirSync(root, { recursive: true })
  const log = `${image}.log`
  say(`building the image of the nodes (about a minute and a half, once per machine); log: ${log}`)
  const options = ['--mode=root', '--variant=minbase', '--format=directory', `--hook-dir=${mergedUsr}`]
  const signed = keyring === undefined ? [] : [`--keyring=${keyring}`]
  inOwnNamespaces(log, ['mmdebstrap', ...options, ...signed, `--include=${packages.join(',')}`, suite, root, uri])
  inOwnNamespaces(log, ['chroot', root, '/bin/bash', '-s'], readFileSync(customising))
  const listed = spawnSync('dpkg-query', [`--admindir=${root}/var/lib/dpkg`, '--show'], { encoding: 'utf8' })
  writeFileSync(join(building, 'packages.txt'), listed.stdout)
  keepFirst(building, image)
}

/** Two that began in the same moment both build: who renames first wins. */
function keepFirst(building: string, image: string): void {
  try {
    renameSync(building, image)
  } catch (error) {
    rmSync(building, { recursive: true, force: true })
    if (!existsSync(image)) throw error
  }
}

/**
 * mmdebstrap mounts /proc and /sys in its target: in a mount namespace of its own they end with it, however it ends.
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

/** mmdebstrap starts from an apt configuration of its own. */
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
