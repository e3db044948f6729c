// A share that is missing at its place: known by /etc/fstab and by what is mounted, in the formats of both.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { once } from '../../src/store/bytes.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { missingMount, mountsOfThisHost, parseMounts } from '../../src/store/mounts.ts'
import { keys } from './conformance.ts'

const fstab = `# /etc/fstab: static file system information.
UUID=0a1b / ext4 errors=remount-ro 0 1
  nas:/export/backups  /srv/backups  nfs  defaults,_netdev  0 0
nas:/export/my\\040files /srv/my\\040files/ nfs noauto 0 0

UUID=2c3d none swap sw 0 0
`
const root = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n'
const share = (place: string) => `98 22 0:47 / ${place} rw,relatime shared:53 - nfs4 nas:/export rw,vers=4.2\n`

test.each([
  ['the place itself', '/srv/backups', root, '/srv/backups'],
  ['a folder below it', '/srv/backups/dcos', root, '/srv/backups'],
  ['a name with a space', '/srv/my files/x', root, '/srv/my files'],
  ['one that is mounted', '/srv/backups/dcos', root + share('/srv/backups'), undefined],
  ['one with a space that is mounted', '/srv/my files/x', root + share('/srv/my\\040files'), undefined],
  ['something else that is mounted below it', '/srv/backups/dcos/x', root + share('/srv/backups/dcos'), undefined],
  ['another folder', '/srv/backups-of-old', root, undefined],
  ['the root', '/', root, undefined],
])('%s', (_, path, mountinfo, missing) => {
  expect(missingMount(path, parseMounts(fstab, mountinfo))).toBe(missing)
})

test('a store at a place where a share is missing is refused, read and written, and told what to mount', async () => {
  const place = await mkdtemp(join(tmpdir(), 'dcosctl-mount-'))
  const store = directoryStore(place, async () => parseMounts(`nas:/export ${place} nfs defaults 0 0`, root))

  for (const work of [() => store.check(), () => store.put('x', once(Buffer.from('x'))), () => keys(store, '')])
    await expect(work()).rejects.toMatchObject({ trouble: 'no-such-place', remedy: expect.stringContaining('mount ') })
})

test('this host says what it mounts', async () => {
  expect((await mountsOfThisHost()).present).toContain('/')
})
