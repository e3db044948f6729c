// The manifest: the same bytes for the same value, readable by ordinary programs, and no byte of it can change unseen.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  isBackupId,
  type Manifest,
  manifestBytes,
  newBackupId,
  parseManifest,
  sumsText,
} from '../../src/store/manifest.ts'

const manifest: Manifest = {
  format: 'dcosctl-backup',
  version: 1,
  backup: '2026-11-20T020000Z-7f3a',
  cluster: { name: 'prod', id: '5d1c6a0e-0f52-4f3c-8e0e-b0c1f0b3b3d1' },
  dcosctl: '0.1.0',
  started: '2026-11-20T02:00:00.000Z',
  finished: '2026-11-20T02:00:09.120Z',
  host: 'control-1',
  way: 'files',
  encryption: 'none',
  levels: { decoded: true, stored: false },
  objects: [
    {
      name: 'zookeeper/files.tar.zst',
      bytes: 1234,
      sha256: 'a'.repeat(64),
      plainBytes: 5000,
      plainSha256: 'b'.repeat(64),
      level: 'decoded',
      content: { follower: 'm2', exactAt: '0x100000a3b', records: 12, deep: { b: [1, null, true], a: 'ü"\n' } },
    },
  ],
  absent: [{ what: 'etcd', why: 'DC/OS 2.0 has none' }],
  sums: 'c'.repeat(64),
}

test('what was written is read again', () => {
  expect(parseManifest(manifestBytes(manifest))).toEqual(manifest)
})

test('the same value gives the same bytes, whatever order its facts came in', () => {
  const [object] = manifest.objects
  if (object === undefined) throw new Error('the manifest has an object')
  const content = Object.fromEntries(Object.entries(object.content).reverse())
  const { format, ...rest } = manifest

  expect(manifestBytes({ ...rest, format, objects: [{ ...object, content }] })).toEqual(manifestBytes(manifest))
})

test('any changed, lost or added byte is found', () => {
  const bytes = manifestBytes(manifest)
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [0x01, 0x20, 0x80]) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ bit
      expect(() => parseManifest(flipped), `byte ${at}`).toThrow(/damaged/)
    }
    expect(() => parseManifest(bytes.subarray(0, at)), `cut at ${at}`).toThrow(/damaged/)
  }
  expect(() => parseManifest(Buffer.concat([bytes, Buffer.from('\n')]))).toThrow(/damaged/)
  expect(() => parseManifest(Buffer.alloc(0))).toThrow(/damaged/)
})

test('its digest can be checked with head and sha256sum alone', () => {
  const shown = spawnSync('sh', ['-c', 'head -n -2 | sha256sum'], { input: manifestBytes(manifest), encoding: 'utf8' })
  const last = JSON.parse(String(manifestBytes(manifest)))

  expect(Object.keys(last).at(-1)).toBe('sha256')
  expect(shown.stdout).toBe(`${last.sha256}  -\n`)
})

test.for([
  ['a name that leaves the backup', { name: '../x' }],
  ['an absolute name', { name: '/etc/passwd' }],
  ['a name that an option could be taken for', { name: '-rf' }],
  ['the name of the manifest', { name: 'manifest.json' }],
  ['a negative size', { bytes: -1 }],
  ['half a digest', { sha256: 'abc' }],
] as const)('%s is never written', ([, wrong]) => {
  const objects = manifest.objects.map(object => ({ ...object, ...wrong }))

  expect(() => manifestBytes({ ...manifest, objects })).toThrow()
})

test('a backup id sorts by time', () => {
  const id = newBackupId(new Date('2026-11-20T02:00:00.999Z'), '7f3a')

  expect(id).toBe('2026-11-20T020000Z-7f3a')
  expect(isBackupId(id)).toBe(true)
  expect(isBackupId('2026-11-20')).toBe(false)
  expect(() => newBackupId(new Date(0), 'XYZ')).toThrow()
})

test('SHA256SUMS is what sha256sum prints', () => {
  expect(sumsText([{ name: 'a/b.zst', sha256: 'd'.repeat(64) }])).toBe(`${'d'.repeat(64)}  a/b.zst\n`)
})
