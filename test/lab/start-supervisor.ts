// Starts and ends a lab's supervisor from outside: the one place that knows how it is wrapped.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sweep } from './cgroups.ts'
import { killQuietly } from './command.ts'
import { until } from './deadline.ts'
import { ensureImage } from './image.ts'
import { type LabPaths, labPaths } from './paths.ts'
import { labUnavailable, raiseInotifyLimit } from './requirements.ts'
import type { Say } from './say.ts'
import { type LabSpec, nodesOf } from './topology.ts'
import { answers, ask } from './wire.ts'

/**
 * $$ becomes unshare's own pid: killing that one ends the inner shell, the first process of the pid namespace, and with
 * it all processes, mounts and network namespaces of the lab. The inner shell is there to reap orphans, which Node does not.
 */
const outer =
  'echo $$ > "$1"; shift; exec unshare --pid --mount --net --ipc --uts --fork --mount-proc --kill-child "$@"'
const inner = '"$@"; exit $?'

const startSeconds = 20
const readySeconds = 180
const endSeconds = 20

/** Brings a lab up, from fresh disks; one that runs in the same directory is ended first. Throws, leaving nothing, where it can't. */
export async function up(directory: string, spec: LabSpec, say: Say): Promise<void> {
  const paths = labPaths(directory)
  nodesOf(spec)
  const why = labUnavailable(say, spec)
  if (why !== undefined) throw new Error(`No lab can run here: ${why}.`)
  raiseInotifyLimit(say)
  const image = ensureImage(say)
  mkdirSync(paths.logs, { recursive: true })
  lockOut(paths)
  try {
    if (supervisorOf(paths) !== undefined) say(`ending the lab that runs in ${paths.root}`)
    await down(directory)
    writeFileSync(paths.spec, JSON.stringify({ ...spec, image }))
    await start(paths, say)
  } finally {
    rmSync(paths.starting, { force: true })
  }
}

async function start(paths: LabPaths, say: Say): Promise<void> {
  const ended = startDetached(paths)
  try {
    await until(`the lab's supervisor listens; its words: ${logOf(paths)}`, startSeconds, () => {
      if (ended.now) throw new Error(`The lab's supervisor ended: ${readFileSync(logOf(paths), 'utf8')}`)
      return answers(paths.socket)
    })
    await ask(paths.socket, { ask: 'ready' }, { say, seconds: readySeconds })
  } catch (error) {
    await down(paths.root)
    throw error
  }
}

/** Two starts in one directory would end each other's lab. Throws where another one is at work. */
function lockOut({ starting, root }: LabPaths): void {
  const other = readIfThere(starting)
  if (other !== '' && existsSync(`/proc/${other}`))
    throw new Error(
      `A lab is being started in ${root} by another process (pid ${other}). Wait for it, or take another --dir.`,
    )
  rmSync(starting, { force: true })
  writeFileSync(starting, String(process.pid), { flag: 'wx' })
}

/** Ends the lab of this directory, whatever state it is in, and removes its disks. Keys and logs stay. */
export async function down(directory: string): Promise<void> {
  const paths = labPaths(directory)
  const outermost = supervisorOf(paths)
  if (outermost !== undefined) killQuietly(outermost)
  await until(
    `the lab in ${directory} is gone`,
    endSeconds,
    () => sweep(paths.cgroup) && supervisorOf(paths) === undefined,
  )
  for (const file of [paths.socket, paths.pid, paths.spec, paths.description]) rmSync(file, { force: true })
  for (const folder of [paths.nodes, paths.s3]) rmSync(folder, { recursive: true, force: true })
}

/** The pid of the outermost process, while that one lives; a pid that went to another process meanwhile is not it. */
export function supervisorOf(paths: LabPaths): number | undefined {
  const pid = readIfThere(paths.pid).trim()
  if (pid === '') return undefined
  const words = readIfThere(`/proc/${pid}/cmdline`).split('\0')
  return words[0] === 'unshare' && words.includes(paths.root) ? Number(pid) : undefined
}

function startDetached(paths: LabPaths): { readonly now: boolean } {
  const log = openSync(logOf(paths), 'w')
  const supervisor = join(import.meta.dirname, 'supervisor.ts')
  const wrapped = ['sh', '-c', inner, 'sh', process.execPath, supervisor, paths.root]
  const started = spawn('sh', ['-c', outer, 'sh', paths.pid, ...wrapped], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  started.unref()
  return {
    get now() {
      return started.exitCode !== null || started.signalCode !== null
    },
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return ''
    throw error
  }
}

const logOf = (paths: LabPaths) => join(paths.logs, 'supervisor.log')
