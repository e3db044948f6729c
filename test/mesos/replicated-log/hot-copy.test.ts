// The hot copy script on local folders: what it copies decodes, opens in a real LevelDB, and nothing stays behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { extract } from 'tar-stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decodeArchive, type LogVerdict } from '../../../src/mesos/replicated-log/archive.ts'
import { hotCopyExit, hotCopyScript } from '../../../src/mesos/replicated-log/hot-copy.ts'
import { readLevelDb } from '../../../src/mesos/replicated-log/leveldb/directory.ts'
import { filesOf, temporaryFolder } from './folders.ts'
import { levelView, MesosReplica, openLevel, registry } from './mesos-writer.ts'

const prefix = '.dcosctl-replicated-log'

function start(root: string, within = 60): ChildProcess & { stdin: NonNullable<ChildProcess['stdin']> } {
  return begin(hotCopyScript({ root, within }))
}

function begin(script: string) {
  const shell = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => void shell.kill('SIGKILL'))
  shell.stdin.end(script)
  return shell
}

async function ended(shell: ChildProcess): Promise<number | null> {
  if (shell.exitCode !== null || shell.signalCode !== null) return shell.exitCode
  return await new Promise(resolve => shell.once('exit', resolve))
}

async function copy(root: string): Promise<{ code: number | null; tar: Buffer; said: string }> {
  const shell = begin(hotCopyScript({ root, within: 60 }))
  const [tar, said, code] = await Promise.all([buffer(shell.stdout), text(shell.stderr), ended(shell)])
  return { code, tar, said }
}

async function unpack(tar: Buffer, into: string): Promise<void> {
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

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 10 s for this: ${what}`)
    await pause(2)
  }
}

/** A master's work directory with a small, closed log in it. */
async function quietMaster(...logs: readonly string[]): Promise<string> {
  const root = temporaryFolder()
  for (const log of logs) {
    const db = await openLevel(join(root, log), { compression: false, writeBufferSize: 64 << 10 })
    const replica = await MesosReplica.start(db)
    await replica.store(log === 'replicated_log' ? 'registry' : 'other', registry(3))
    await db.close()
  }
  return root
}

const stages = (root: string) => readdirSync(root).filter(name => name.startsWith(prefix))

const soundLog = (verdict: LogVerdict | undefined) => {
  if (!verdict?.sound) throw new Error(`not sound: ${JSON.stringify(verdict)}`)
  return verdict
}

test('a copy holds both logs, without LOCK and LOG, and leaves the folder as it was', async () => {
  const root = await quietMaster('replicated_log', 'overlay_replicated_log')
  const before = [filesOf(join(root, 'replicated_log')), filesOf(join(root, 'overlay_replicated_log'))]

  const { code, tar } = await copy(root)

  expect(code).toBe(hotCopyExit.whole)
  const into = temporaryFolder()
  await unpack(tar, into)
  const names = readdirSync(join(into, 'replicated_log'))
  expect(names.filter(name => !/^(CURRENT|MANIFEST-\d{6}|\d{6}\.(ldb|log))$/.test(name))).toEqual([])
  const verdicts = await decodeArchive(Readable.from([tar]))
  expect(verdicts.map(({ log, sound }) => [log, sound])).toEqual([
    ['replicated_log', true],
    ['overlay_replicated_log', true],
  ])
  expect([filesOf(join(root, 'replicated_log')), filesOf(join(root, 'overlay_replicated_log'))]).toEqual(before)
  expect(stages(root)).toEqual([])
})

test('every one of 20 copies under more than 100 writes a second decodes, is current, and opens in a real LevelDB', async () => {
  const root = temporaryFolder()
  const db = await openLevel(join(root, 'replicated_log'), { compression: false, writeBufferSize: 64 << 10 })
  const replica = await MesosReplica.start(db)
  const stored: number[] = []
  let stop = false
  const began = performance.now()
  const writing = (async () => {
    for (let change = 0; !stop; change++) {
      stored.push((await replica.store('registry', registry(50 + (change % 100)))).position)
      if (change % 20 === 19) await db.compactRange('0', '9')
    }
  })()
  await until(() => stored.length > 20, 'some writes')

  for (let n = 0; n < 20; n++) {
    const known = stored.at(-1) ?? 0
    const { code, tar, said } = await copy(root)
    expect({ code, said: said.replace(/tar: .*file changed as we read it\n/g, '') }).toEqual({ code: 0, said: '' })

    const { replica: copied } = soundLog((await decodeArchive(Readable.from([tar]))).at(0))
    const position = copied.variables.get('registry')?.position ?? -1
    expect(position).toBeGreaterThanOrEqual(known)
    expect(position).toBeLessThanOrEqual(replica.nextPosition)
    expect(copied).toMatchObject({ status: 'VOTING', holes: [] })

    const into = temporaryFolder()
    await unpack(tar, into)
    const ours = readLevelDb(filesOf(join(into, 'replicated_log'))).values
    const theirs = await levelView(join(into, 'replicated_log'))
    expect(new Map([...ours].map(([key, { value }]) => [key, Buffer.from(value).toString('hex')]))).toEqual(theirs)
  }
  stop = true
  await writing
  const rate = (stored.length * 3) / ((performance.now() - began) / 1000)
  await db.close()

  expect(rate).toBeGreaterThan(100)
  expect(stages(root)).toEqual([])
}, 60_000)

test('a master that restarts again and again is copied whole, or the copy says that it kept moving', async () => {
  const root = temporaryFolder()
  const directory = join(root, 'replicated_log')
  let position: number | undefined
  let stop = false
  const restarting = (async () => {
    while (!stop) {
      const db = await openLevel(directory, { compression: false, writeBufferSize: 64 << 10 })
      const replica = await MesosReplica.start(db, position)
      await replica.store('registry', registry(20))
      position = replica.nextPosition
      await db.close()
    }
  })()
  await until(() => (position ?? 0) > 3, 'some restarts')

  const codes: (number | null)[] = []
  for (let n = 0; n < 10; n++) {
    const { code, tar, said } = await copy(root)
    codes.push(code)
    if (code === hotCopyExit.keptMoving) expect(said).toContain('was reopened during each of five tries')
    else soundLog((await decodeArchive(Readable.from([tar]))).at(0))
  }
  stop = true
  await restarting

  expect(codes.filter(code => code !== hotCopyExit.whole && code !== hotCopyExit.keptMoving)).toEqual([])
  expect(stages(root)).toEqual([])
}, 60_000)

test('a log reached through a symbolic link is staged beside its real folder and copied', async () => {
  const elsewhere = await quietMaster('replicated_log')
  const root = temporaryFolder()
  symlinkSync(join(elsewhere, 'replicated_log'), join(root, 'replicated_log'))

  const { code, tar } = await copy(root)

  expect(code).toBe(hotCopyExit.whole)
  soundLog((await decodeArchive(Readable.from([tar]))).at(0))
  expect([stages(root), stages(elsewhere)]).toEqual([[], []])
})

describe('a copy that comes to nothing', () => {
  test('says that there is no log where no master ran', async () => {
    const { code, tar, said } = await copy(temporaryFolder())

    expect({ code, bytes: tar.length }).toEqual({ code: hotCopyExit.noLog, bytes: 0 })
    expect(said).toMatch(/^hot copy of the replicated log: there is none in /)
  })

  test('names a CURRENT that leads nowhere', async () => {
    const root = await quietMaster('replicated_log')
    writeFileSync(join(root, 'replicated_log', 'CURRENT'), 'rubbish; rm -rf /\n')

    const { code, said } = await copy(root)

    expect(code).toBe(hotCopyExit.failed)
    expect(said).toContain('CURRENT names no manifest: rubbish')
    expect(stages(root)).toEqual([])
  })

  test('does nothing at all when the script arrives cut off', async () => {
    const root = await quietMaster('replicated_log')
    const script = hotCopyScript({ root, within: 60 })

    for (const length of [100, script.length / 2, script.length - 6]) {
      const shell = begin(script.slice(0, length))
      shell.stderr.resume()
      expect(await buffer(shell.stdout)).toHaveLength(0)
      await ended(shell)
      expect(stages(root)).toEqual([])
    }
  })

  test('gives up a transfer that stalls and removes its staging folder', async () => {
    const root = await quietMaster('replicated_log')
    fillPipe(root)
    const shell = start(root, 1) // nobody reads its stdout
    const said = shell.stderr && text(shell.stderr)

    expect(await ended(shell)).toBe(hotCopyExit.failed)
    expect(await said).toContain('took longer than 1 seconds')
    expect(stages(root)).toEqual([])
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('removes its staging folder when %s ends it', async signal => {
    const root = await quietMaster('replicated_log')
    fillPipe(root)
    const shell = start(root)
    await until(() => transferring(root), 'the transfer')
    shell.kill(signal)

    expect(await ended(shell)).not.toBe(hotCopyExit.whole)
    expect(stages(root)).toEqual([])
  })

  test('removes its staging folder when the connection is dropped', async () => {
    const root = await quietMaster('replicated_log')
    fillPipe(root)
    const shell = start(root)
    await until(() => transferring(root), 'the transfer')
    shell.stdout?.destroy()

    expect(await ended(shell)).toBe(hotCopyExit.failed)
    expect(stages(root)).toEqual([])
  })
})

test('what a killed copy left is removed by the next one; that of a copy still at work, and what is not ours, stays', async () => {
  const root = await quietMaster('replicated_log')
  fillPipe(root)
  const killed = start(root)
  await until(() => transferring(root), 'the transfer')
  killed.kill('SIGKILL')
  await ended(killed)
  const left = stages(root)
  const atWork = start(root)
  await until(() => stages(root).some(name => !left.includes(name)) && transferring(root), 'the second copy')
  const working = stages(root).filter(name => !left.includes(name))
  mkdirSync(join(root, `${prefix}.not-a-process`))

  expect((await copy(root)).code).toBe(hotCopyExit.whole)

  expect(left).toHaveLength(1)
  expect(working).toHaveLength(1)
  expect(stages(root).sort()).toEqual([...working, `${prefix}.not-a-process`].sort())
  atWork.kill('SIGTERM')
  await ended(atWork)
  expect(existsSync(join(root, working[0] ?? ''))).toBe(false)
})

/** An obsolete table large enough to keep a transfer waiting while nobody reads. */
function fillPipe(root: string): void {
  writeFileSync(join(root, 'replicated_log', '000001.ldb'), Buffer.alloc(1 << 20))
}

/** A staging folder without links to logs is complete; what follows is tar. */
function transferring(root: string): boolean {
  return stages(root).some(stage => {
    const done = join(root, stage, 'replicated_log', 'CURRENT')
    return existsSync(done) && !existsSync(join(root, stage, 'logs')) && lstatSync(done).size > 0
  })
}

test('a folder with a quote in its name is copied', async () => {
  const parent = await quietMaster()
  const root = mkdtempSync(join(parent, "it's "))
  const db = await openLevel(join(root, 'replicated_log'), { compression: false, writeBufferSize: 64 << 10 })
  await MesosReplica.start(db)
  await db.close()

  expect((await copy(root)).code).toBe(hotCopyExit.whole)
})

test('a relative folder or a limit that is none is refused before anything runs', () => {
  expect(() => hotCopyScript({ root: 'here', within: 60 })).toThrow(RangeError)
  expect(() => hotCopyScript({ root: '/', within: 0 })).toThrow(RangeError)
})
