// Keys and files that tests of src/ssh need: made fresh each time, in a folder that goes away with the test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'

export interface KeyPair {
  readonly file: string
  /** `type base64` as in authorized_keys. */
  readonly public: string
  readonly private: string
}

export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'dcosctl-ssh-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export async function makeKey(folder: string, name: string, passphrase?: string): Promise<KeyPair> {
  const make = () =>
    passphrase
      ? ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 1 })
      : ssh2.utils.generateKeyPairSync('ed25519')
  let pair = make()
  while (wireLength(pair.public) !== ed25519WireLength) pair = make()
  const file = join(folder, name)
  await writeFile(file, pair.private, { mode: 0o600 })
  await writeFile(`${file}.pub`, pair.public, { mode: 0o600 })
  return { file, public: pair.public, private: pair.private }
}

/** Two lengths of four bytes, "ssh-ed25519", 32 bytes. ssh2 1.17 strips zeros in front of a key, once in 256, and OpenSSH refuses such. */
const ed25519WireLength = 4 + 11 + 4 + 32

function wireLength(publicKey: string): number {
  return Buffer.from(publicKey.split(' ')[1] ?? '', 'base64').length
}
