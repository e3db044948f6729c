// To what level a backup can be verified: an encrypted one is decoded only by who has an identity.
import { readFile } from 'node:fs/promises'
import { decodeObject } from '../actions/backup/decode-object.ts'
import { because, DcosctlError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { readManifest } from '../store/backups.ts'
import type { Store } from '../store/store.ts'
import type { VerifyOptions } from '../store/verify-backup.ts'

export interface VerifyFlags {
  readonly level: 'stored' | 'decoded'
  readonly identity?: string | undefined
}

/** `level` says it for people. @throws DcosctlError USAGE for an identity that can't be read */
export async function levelFor(
  store: Store,
  cluster: string,
  backup: string,
  { level, identity }: VerifyFlags,
): Promise<{ readonly level: string; readonly options: VerifyOptions['level'] }> {
  if (level === 'stored') return { level, options: 'stored' }
  const seen = await readManifest(store, cluster, backup)
  if (!('manifest' in seen) || seen.manifest.encryption === 'none') return { level, options: { decode: decodeObject } }
  if (identity === undefined) return { level: 'stored (encrypted: --identity FILE decodes it)', options: 'stored' }
  const { ageOpener } = await import('../store/age-identity.ts')
  return {
    level: 'opened and decoded',
    options: { decode: decodeObject, decrypt: ageOpener(await readIdentity(identity)) },
  }
}

/** As `age-keygen` writes it: comments, and a line with the key. */
async function readIdentity(path: string): Promise<Secret> {
  const refuse = (why: string) =>
    new DcosctlError('USAGE', {
      what: `${path} can't be used as an age identity: ${why}.`,
      state: 'Nothing was touched.',
    })
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw refuse(because(error))
  }
  const key = text.split('\n').find(line => line.startsWith('AGE-SECRET-KEY-'))
  if (key === undefined) throw refuse('it has no line that begins with AGE-SECRET-KEY-')
  return new Secret(key.trim())
}
