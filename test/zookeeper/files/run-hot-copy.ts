// Runs the hot-copy script here as an SSH session would run it on a node, and unpacks fixtures for it.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { hotCopyScript, SNAPSHOT_LINKED } from '../../../src/zookeeper/files/hot-copy.ts'
import { fixture } from './fixtures.ts'

/** A folder that goes when the test ends. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hot-copy-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A fixture's `snapshot/` and `transactions/` in a folder of its own. */
export function unpackedFixture(name: string): string {
  const root = scratch()
  execFileSync('tar', ['xzf', fixture(name), '-C', root])
  return root
}

export interface Copy {
  readonly exit: number | null
  readonly archive: Buffer
  readonly stderr: string
}

export function start(root: string, ...more: string[]): ChildProcess {
  return spawn('sh', ['-c', hotCopyScript, 'hot-copy', root, ...more], { stdio: ['pipe', 'pipe', 'pipe'] })
}

/** `onLinked` is awaited between the linking of the snapshot and that of the logs. */
export async function hotCopy(root: string, onLinked: () => Promise<unknown> = async () => {}): Promise<Copy> {
  const script = start(root, 'ask')
  const pieces: Buffer[] = []
  let stderr = ''
  let asked = false
  script.stdout?.on('data', (piece: Buffer) => pieces.push(piece))
  script.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    if (asked || !stderr.includes(SNAPSHOT_LINKED)) return
    asked = true
    onLinked().then(
      () => script.stdin?.end('\n'),
      () => script.kill(),
    )
  })
  const exit = await new Promise<number | null>((resolve, reject) => {
    script.on('error', reject)
    script.on('close', resolve)
  })
  return { exit, archive: Buffer.concat(pieces), stderr }
}

/** Bytes as a file's may come: each piece is written over before the next one is there. */
export async function* writtenOver(bytes: Uint8Array, size = 10_007): AsyncGenerator<Uint8Array> {
  for await (const piece of inPieces(bytes, size)) {
    const memory = Buffer.from(piece)
    yield memory
    memory.fill(0xdb)
  }
}

/** Bytes as they come from a socket: in uneven pieces. */
export async function* inPieces(bytes: Uint8Array, size = 10_007): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
