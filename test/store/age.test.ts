// Encrypted backups: for the holder of the identity they are as any other, for everybody else they are noise.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { ageFor } from '../../src/store/age.ts'
import { ageOpener } from '../../src/store/age-identity.ts'
import { gathered, measure, once } from '../../src/store/bytes.ts'
import { type Decode, verifyBackup } from '../../src/store/verify-backup.ts'
import { backup, freshStore, someBytes, writeSample } from './sample-backup.ts'

const read: Decode = async (_, plain) => void (await measure(plain))

async function encrypted() {
  const identity = await generateX25519Identity()
  const encryption = ageFor([await identityToRecipient(identity)])
  const store = await freshStore()
  onTestFinished(() => rm(store.where, { recursive: true, force: true }))
  const { manifest } = await writeSample(store, { encryption })
  return { store, manifest, identity }
}

test('every object is encrypted, says so in its name, and the manifest says how', async () => {
  const { store, manifest } = await encrypted()

  expect(manifest.encryption).toBe('age')
  for (const { name } of manifest.objects) {
    expect(name).toMatch(/\.zst\.age$/)
    expect(String(await readFile(join(store.where, 'prod', backup, name)))).toMatch(
      /^age-encryption\.org\/v1\n-> X25519 /,
    )
  }
})

test('its bytes can be verified by anybody, its content by the holder of the identity only', async () => {
  const { store, identity } = await encrypted()
  const stranger = await generateX25519Identity()
  const faults = async (level: Parameters<typeof verifyBackup>[3]['level']) =>
    (await verifyBackup(store, 'prod', backup, { level })).findings.map(({ fault }) => fault)

  expect(await faults('stored')).toEqual([])
  expect(await faults({ decode: read, decrypt: ageOpener(new Secret(identity)) })).toEqual([])
  expect(await faults({ decode: read, decrypt: ageOpener(new Secret(stranger)) })).toEqual(
    Array(3).fill('not decodable'),
  )
  expect(await faults({ decode: read })).toEqual(Array(3).fill('not decodable'))
})

const noAge = spawnSync('age', ['--version']).error === undefined ? undefined : 'the age program is not installed'
test.skipIf(noAge)(`the age program opens an object with the identity${noAge ? ` (${noAge})` : ''}`, async () => {
  const { store, identity } = await encrypted()
  const file = join(store.where, 'prod', backup, 'mesos/registry.json.zst.age')
  const identityFile = join(store.where, 'identity')
  await writeFile(identityFile, identity, { mode: 0o600 })

  const opened = execFileSync('sh', ['-c', 'age -d -i "$1" "$2" | zstd -q -d', 'sh', identityFile, file], {
    encoding: 'utf8',
  })

  expect(opened).toBe('{"slaves":[]}')
})

test('a source that fails comes out as itself', async () => {
  const identity = await generateX25519Identity()
  const { encrypt } = ageFor([await identityToRecipient(identity)])
  const failure = new Error('the line dropped')
  const source = async function* () {
    yield someBytes(200_000)
    throw failure
  }

  await expect(measure(encrypt(source()))).rejects.toBe(failure)
})

test('a stream cut off at any chunk is refused', async () => {
  const identity = await generateX25519Identity()
  const { encrypt } = ageFor([await identityToRecipient(identity)])
  const whole = Buffer.concat(await gathered(encrypt(once(someBytes(200_000)))))
  const decrypt = ageOpener(new Secret(identity))

  for (const length of [0, 10, 200, 65_536, 140_000, whole.length - 1]) {
    await expect(measure(decrypt(once(whole.subarray(0, length)))), `${length} bytes`).rejects.toThrow()
  }
  expect(await measure(decrypt(once(whole)))).toEqual(await measure(once(someBytes(200_000))))
})

test('a recipient that is none is refused', async () => {
  const { encrypt } = ageFor(['age1nonsense'])

  await expect(measure(encrypt(once(someBytes(10))))).rejects.toThrow()
})
