// The hot copy script on local folders: what it copies decodes, is current, and opens in a real LevelDB.
import { mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { decodeArchive } from '../../../src/mesos/replicated-log/archive.ts'
import { hotCopyExit, hotCopyScript } from '../../../src/mesos/replicated-log/hot-copy.ts'
import { readLevelDb } from '../../../src/mesos/replicated-log/leveldb/directory.ts'
import { copy, quietMaster, soundLog, stages, unpack, until } from './copying.ts'
import { filesOf, temporaryFolder } from './folders.ts'
import { levelView, MesosReplica, openLevel, registry } from './mesos-writer.ts'

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

test('each of 20 copies under more than 100 writes a second decodes within the three tries of a backup, is current, and opens in a real LevelDB', async () => {
  const root = temporaryFolder()
  const db = await openLevel(join(root, 'replicated_log'), { compression: false, writeBufferSize: 64 << 10 })
  const replica = await MesosReplica.start(db, undefined, false)
  const stored: number[] = []
  let stop = false
  let writesMeanwhile = 0
  let copying = 0 // seconds
  const writing = (async () => {
    for (let change = 0; !stop; change++) {
      stored.push((await replica.store('registry', registry(50 + (change % 100)))).position)
      if (change % 20 === 19) await db.compactRange('0', '9')
    }
  })()
  await until(() => stored.length > 20, 'some writes')

  for (let n = 0; n < 20; n++) {
    const known = stored.at(-1) ?? 0
    const [writesBefore, began] = [replica.writes, performance.now()]
    const { code, tar, said, verdict } = await copyUntilSound(root)
    writesMeanwhile += replica.writes - writesBefore
    copying += (performance.now() - began) / 1000
    expect({ code, said: said.replace(/tar: .*file changed as we read it\n/g, '') }).toEqual({ code: 0, said: '' })
    const { replica: copied } = soundLog(verdict)
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
  await db.close()

  expect(writesMeanwhile / copying).toBeGreaterThan(100)
  expect(stages(root)).toEqual([])
}, 60_000)

/** As a backup does: a copy that was made whole and does not decode is made again, at most three times in all. */
async function copyUntilSound(root: string) {
  for (let tries = 1; ; tries++) {
    const made = await copy(root)
    if (made.code !== hotCopyExit.whole) return { ...made, verdict: undefined }
    const verdict = (await decodeArchive(Readable.from([made.tar]))).at(0)
    if (verdict?.sound) return { ...made, verdict }
    if (tries === 3) throw new Error(`three copies did not decode, the last: ${JSON.stringify(verdict)}`)
  }
}

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
    const { code, said } = await copyUntilSound(root)
    codes.push(code)
    if (code === hotCopyExit.keptMoving) expect(said).toContain('kept changing during each of five tries')
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
