// The keys we may log in with: private key files and what the SSH agent holds, in the order in which they are offered.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type IdentityCallback, type ParsedKey } from 'ssh2'

export interface Identity {
  readonly file: string
  /** The private key, where it can be used as it is. */
  readonly key?: ParsedKey
  /** Why not, for the error when nothing else works. */
  readonly unusable?: string
  /** SSH wire format, base64; known for encrypted keys too if the .pub file lies beside. */
  readonly publicKey?: string
}

/** As ssh does when nothing is configured. */
export const usualIdentityFiles: readonly string[] = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa']

export function expandTilde(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}

/** Reads one key file. An encrypted or missing one is an answer, since the agent may hold that key. */
export async function readIdentity(file: string): Promise<Identity> {
  const path = expandTilde(file)
  const publicKey = await readPublicKey(`${path}.pub`)
  const beside = publicKey === undefined ? {} : { publicKey }
  let text: Buffer
  try {
    text = await readFile(path)
  } catch (error) {
    return { file, ...beside, unusable: `${file} cannot be read (${codeOf(error)})` }
  }
  const key: ParsedKey | Error = ssh2.utils.parseKey(text)
  if (!(key instanceof Error)) {
    const wire = key.getPublicSSH().toString('base64')
    if (key.isPrivateKey()) return { file, key, publicKey: wire }
    return { file, publicKey: wire, unusable: `${file} is a public key; its private half must be in the agent` }
  }
  const encrypted = /encrypted|passphrase/i.test(key.message)
  const why = encrypted
    ? `is encrypted: load it into an agent with \`ssh-add ${file}\``
    : `cannot be parsed: ${key.message}`
  return { file, ...beside, unusable: `${file} ${why}` }
}

async function readPublicKey(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return ''
    throw error
  })
  return text.split(/\s+/)[1]
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

/** An agent that offers only the keys it is allowed to, as IdentitiesOnly wants it. */
export class ChosenKeysAgent extends ssh2.OpenSSHAgent {
  readonly #allowed: ReadonlySet<string>

  constructor(socketPath: string, allowed: ReadonlySet<string>) {
    super(socketPath)
    this.#allowed = allowed
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys) => {
      if (error || !keys) return callback(error ?? new Error('the agent gave no list of keys'))
      callback(
        null,
        keys.filter(key => 'getPublicSSH' in key && this.#allowed.has(key.getPublicSSH().toString('base64'))),
      )
    })
  }
}
