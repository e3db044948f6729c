// Runs the hot copy script on local folders.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { extract } from 'tar-stream'
import { onTestFinished } from 'vitest'
import type { LogVerdict } from '../../../src/mesos/replicated-log/archive.ts'
import { hotCopyScript } from '../../../src/mesos/replicated-log/hot-copy.ts'
import { temporaryFolder } from './folders.ts'
import { MesosReplica, openLevel, registry } from './mesos-writer.ts'

export const prefix = '.dcosctl-replicated-log'

/** Starts a copy whose output nobody reads yet. `within`: seconds. */
export function start(root: string, within = 60) {
  return begin(hotCopyScript({ root, within }))
}

/** Runs a script as ssh would hand it over, on stdin. */
export function begin(script: string) {
  const shell = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => {
    shell.kill('SIGKILL')
    shell.stdout.destroy() // ends the tar of a shell that was killed before
  })
  shell.stdin.end(script)
  return shell
}

export async function ended(shell: ChildProcess): Promise<number | null> {
  if (shell.exitCode !== null || shell.signalCode !== null) return shell.exitCode
  return await new Promise(resolve => shell.once('exit', resolve))
}

export async function copy(root: string): Promise<{ code: number | null; tar: Buffer; said: string }> {
  const shell = begin(hotCopyScript({ root, within: 60 }))
  const [tar, said, code] = await Promise.all([buffer(shell.stdout), text(shell.stderr), ended(shell)])
  return { code, tar, said }
}

export async function unpack(tar: Buffer, into: string): Promise<void> {
  const archive = extract()
  const done = pipeline(Readable.from([tar]), archive)
  for await (const entry of archive) {
    const path = join(into, entry.header.name)
    if (entry.header.type === 'directory') mkdirSync(path, { recursive: true })
    else writeFileSync(path, await buffer(entry))
    entry.resume()
  }
  await done
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 10 s for this: ${what}`)
    await pause(2)
  }
}

/** A master's work directory with a small, closed log in it. */
export async function quietMaster(...logs: readonly string[]): Promise<string> {
  const root = temporaryFolder()
  for (const log of logs) {
    const db = await openLevel(join(root, log), { compression: false, writeBufferSize: 64 << 10 })
    const replica = await MesosReplica.start(db)
    await replica.store(log === 'replicated_log' ? 'registry' : 'other', registry(3))
    await db.close()
  }
  return root
}

export const stages = (root: string) => readdirSync(root).filter(name => name.startsWith(prefix))

export const soundLog = (verdict: LogVerdict | undefined) => {
  if (!verdict?.sound) throw new Error(`not sound: ${JSON.stringify(verdict)}`)
  return verdict
}
