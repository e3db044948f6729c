// The lab's own directory in the cgroup v2 hierarchy: what lives in it belongs to the lab, whatever else got lost.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { killQuietly } from './command.ts'

/**
 * Where the supervisor mounts cgroup v2, in its own mount namespace: containers then see one pure v2 tree, whatever
 * mixture of v1 and v2 this machine has. (The one v2 hierarchy can be mounted anywhere; without controllers it still
 * groups, kills and freezes, which is all the lab needs.)
 */
const hierarchy = '/sys/fs/cgroup'

/** Mounts the hierarchy; only for a process that has a mount namespace of its own. */
export const mountHierarchy = `mount -t cgroup2 cgroup2 ${hierarchy}`

export function makeCgroup(...parts: readonly string[]): string {
  const directory = join(hierarchy, ...parts)
  mkdirSync(directory, { recursive: true })
  return directory
}

export function moveInto(cgroup: string, pid: number): void {
  writeFileSync(join(cgroup, 'cgroup.procs'), String(pid))
}

export function setFrozen(cgroup: string, frozen: boolean): void {
  writeFileSync(join(cgroup, 'cgroup.freeze'), frozen ? '1' : '0')
}

/** Whether no process in it runs any more; so is a cgroup that is gone. */
export function isFrozen(cgroup: string): boolean {
  const events = join(cgroup, 'cgroup.events')
  return !existsSync(events) || readFileSync(events, 'utf8').includes('frozen 1')
}

/** Every process in the cgroup and below it. A cgroup that is gone has none. */
export function processesIn(cgroup: string): readonly number[] {
  try {
    const own = readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
    const below = readdirSync(cgroup, { withFileTypes: true }).filter(entry => entry.isDirectory())
    return [...own, ...below.flatMap(({ name }) => processesIn(join(cgroup, name)))]
  } catch (error) {
    // A cgroup that vanishes while it is read answers ENODEV instead of ENOENT.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV')) return []
    throw error
  }
}

/**
 * Kills, from outside, every process that is still in the lab's cgroup, then removes it. Answers whether all is gone;
 * killed processes need a moment, so ask again until it is.
 */
export function sweep(cgroup: string): boolean {
  const script = `${mountHierarchy} && cd ${hierarchy} && [ -d ${cgroup} ] || exit 0
    find ${cgroup} -name cgroup.procs -exec cat {} +
    find ${cgroup} -depth -type d -exec rmdir {} + 2>/dev/null
    [ ! -d ${cgroup} ]`
  const { status, stdout, error } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' })
  if (error) throw error
  for (const pid of stdout.split('\n').filter(Boolean)) killQuietly(Number(pid))
  return status === 0
}
