// The IAM dump, etcd's archive and genconf: what is understood of them, and that a cut or damaged one never counts.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { readGenconfArchive } from '../../src/actions/backup/bootstrap-genconf.ts'
import { decodeObject } from '../../src/actions/backup/decode-object.ts'
import { readEtcdBackup } from '../../src/actions/backup/etcd.ts'
import { readSqlDump } from '../../src/actions/backup/iam-database.ts'

const streamed = (bytes: Uint8Array, size = 7) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
      Buffer.from(bytes.subarray(n * size, (n + 1) * size)),
    ),
  )

async function tar(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const archive = pack()
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, Buffer.from(bytes))
  archive.finalize()
  return buffer(archive)
}

describe('a dump of the IAM database', () => {
  /** As `cockroach dump` prints it. */
  const dump = `CREATE TABLE users (
	id INT NOT NULL,
	CONSTRAINT "primary" PRIMARY KEY (id ASC)
);

INSERT INTO users (id) VALUES
	(1);

CREATE TABLE acls (
	id INT NOT NULL
);

ALTER TABLE acls ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES users (id);
`
  const read = (text: string, size?: number) => readSqlDump(streamed(Buffer.from(text), size))

  test('is counted by its tables, however it arrives', async () => {
    expect(await read(dump)).toEqual({ tables: 2 })
    expect(await read(`-- as of now\n\n${dump}`, 1)).toEqual({ tables: 2 })
  })

  test.each([
    ['', 'is empty'],
    ['\n\n', 'is empty'],
    ['Error: connection refused\n', 'does not begin like SQL'],
    ['CREATE DATABASE iam;\n', 'creates no table'],
    [dump.slice(0, dump.indexOf('REFERENCES')), 'ends within a statement'],
    [dump.slice(0, 20), 'ends within a statement'],
  ])('%j is refused: %s', async (text, why) => {
    await expect(read(text)).rejects.toThrow(why)
  })

  test('is refused where it is no text', async () => {
    await expect(readSqlDump(streamed(Buffer.from([0x43, 0xff, 0xfe])))).rejects.toThrow()
  })
})

describe('an archive of etcd', () => {
  const snapshotOf = (pages: Uint8Array) => Buffer.concat([pages, createHash('sha256').update(pages).digest()])
  const archiveOf = async (snapshot: Uint8Array, name = 'etcd_snapshot.db') => gzipSync(await tar({ [name]: snapshot }))
  const pages = Buffer.alloc(8192, 'page')

  test('is read to the digest that its snapshot carries', async () => {
    expect(await readEtcdBackup(streamed(await archiveOf(snapshotOf(pages))))).toEqual({ snapshotBytes: 8192 })
  })

  test('with any one byte of its snapshot flipped is refused', async () => {
    const whole = snapshotOf(pages)
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const damaged = Buffer.from(whole)
          damaged.writeUInt8((damaged.readUInt8(at) + by) % 256, at)
          await expect(readEtcdBackup(streamed(await archiveOf(damaged), 65_536))).rejects.toThrow('digest')
        },
      ),
      { numRuns: 30 },
    )
  })

  test('cut anywhere is refused', async () => {
    const whole = await archiveOf(snapshotOf(pages))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async length => {
        await expect(readEtcdBackup(streamed(whole.subarray(0, length)))).rejects.toThrow()
      }),
      { numRuns: 30 },
    )
  })

  test('without a snapshot, or with an empty one, is refused', async () => {
    await expect(readEtcdBackup(streamed(await archiveOf(pages, 'other')))).rejects.toThrow('has no etcd_snapshot.db')
    await expect(readEtcdBackup(streamed(await archiveOf(snapshotOf(Buffer.alloc(0)))))).rejects.toThrow('whole pages')
  })
})

describe('an archive of genconf', () => {
  test('is counted by its files, and has a config.yaml', async () => {
    const whole = await tar({ './config.yaml': Buffer.from('a: b'), './ip-detect': Buffer.from('#!/bin/sh') })

    expect(await readGenconfArchive(streamed(whole))).toBe(2)
    await expect(readGenconfArchive(streamed(await tar({ './ip-detect': Buffer.from('') })))).rejects.toThrow(
      'config.yaml',
    )
    await expect(readGenconfArchive(streamed(whole.subarray(0, 700)))).rejects.toThrow()
  })
})

test('verify understands each by the same decoder', async () => {
  const object = (kind: string) => ({
    ...{ name: 'it', bytes: 1, sha256: '', plainBytes: 1, plainSha256: '', level: 'stored' as const },
    content: { kind },
  })
  const nothing = () => streamed(Buffer.from('nothing'))

  await expect(decodeObject(object('iam-database'), nothing())).rejects.toThrow('IAM')
  await expect(decodeObject(object('etcd'), nothing())).rejects.toThrow()
  await expect(decodeObject(object('bootstrap-genconf'), nothing())).rejects.toThrow()
})
