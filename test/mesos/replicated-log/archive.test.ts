// What the decoder of copied archives makes of archives that are cut off, too large, or not what they should be.
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { decodeArchive } from '../../../src/mesos/replicated-log/archive.ts'
import { recordedLog } from './fixtures.ts'

async function tarOf(files: Iterable<readonly [string, Uint8Array]>): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of files) archive.entry({ name }, Buffer.from(content))
  archive.finalize()
  return await buffer(archive)
}

async function recorded(name: string, folder: string): Promise<[string, Uint8Array][]> {
  return [...(await recordedLog(name))].map(([file, content]) => [`./${folder}/${file}`, content])
}

const decode = (tar: Buffer, limit?: number) => decodeArchive(Readable.from([tar]), limit)

test('a whole archive is sound, with what the log holds', async () => {
  const verdicts = await decode(await tarOf(await recorded('replicated_log.tar.gz', 'replicated_log')))

  expect(verdicts).toMatchObject([
    { log: 'replicated_log', sound: true, concerns: [], description: { status: 'VOTING', begin: 77, end: 78 } },
  ])
})

test('of two logs the torn one is refused by file, and the other one stays sound', async () => {
  const torn = await recorded('replicated_log_torn.tar.gz', 'replicated_log')
  const whole = await recorded('replicated_log.tar.gz', 'overlay_replicated_log')

  expect(await decode(await tarOf([...torn, ...whole]))).toMatchObject([
    {
      log: 'replicated_log',
      sound: false,
      file: '000686.ldb',
      problem: 'is missing, and MANIFEST-000023 says it is live',
    },
    { log: 'overlay_replicated_log', sound: true, concerns: ['it holds no network-state'] },
  ])
})

test('an archive that is cut off anywhere is refused', async () => {
  const files = await recorded('replicated_log.tar.gz', 'replicated_log')
  const overlay = await recorded('replicated_log.tar.gz', 'overlay_replicated_log')
  const tar = await tarOf([...files, ...overlay])

  const mark = 1024 // the end mark; what is cut off it alone is not missed
  for (let length = 0; length < tar.length - mark; length += 256) {
    await expect(decode(tar.subarray(0, length)), `the first ${length} bytes`).rejects.toThrow(
      /^tar stream, byte \d+: /,
    )
  }
})

test('an archive that is cut off after a file that ends in zeros is refused', async () => {
  const files = await recorded('replicated_log.tar.gz', 'replicated_log')
  const tar = await tarOf([...files, ['./replicated_log/000001.ldb', Buffer.alloc(8192)]])

  await expect(decode(tar.subarray(0, -1024))).rejects.toThrow('ends without the end mark')
})

test('an archive with anything else in it is refused by the name of that', async () => {
  const files = await recorded('replicated_log.tar.gz', 'replicated_log')
  const problem = (path: string) => `${path}: does not belong into an archive of replicated logs (file)`

  for (const path of ['./etc/passwd', './replicated_log/deep/er', 'CURRENT', '../replicated_log/CURRENT']) {
    await expect(decode(await tarOf([...files, [path, Buffer.of()]]))).rejects.toThrow(problem(path))
  }
  await expect(decode(await tarOf([...files, ...files]))).rejects.toThrow('is twice in the archive')
})

test('an archive without any log is refused', async () => {
  await expect(decode(await tarOf([]))).rejects.toThrow('holds no replicated log')
})

test('an archive larger than what is decoded in memory is refused, with the limit', async () => {
  const tar = await tarOf(await recorded('replicated_log.tar.gz', 'replicated_log'))

  await expect(decode(tar, 10_000)).rejects.toThrow('takes the archive beyond 10000 bytes')
})

test('the error of the stream itself comes through as it is', async () => {
  const lost = new Error('the connection was lost')
  const stream = new Readable({ read: () => stream.destroy(lost) })

  await expect(decodeArchive(stream)).rejects.toBe(lost)
})
