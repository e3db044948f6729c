// However a hot copy ends, it says so, and no staging folder stays behind on the master for long.
import { existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { hotCopyExit, hotCopyScript } from '../../../src/mesos/replicated-log/hot-copy.ts'
import { begin, copy, ended, prefix, quietMaster, stages, start, until } from './copying.ts'
import { temporaryFolder } from './folders.ts'

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
    const said = text(shell.stderr)

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
    shell.stdout.destroy()

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
