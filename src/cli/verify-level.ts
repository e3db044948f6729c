// To what level a backup can be verified: an encrypted one is decoded only by who has an identity.
import { decodeObject } from '../actions/backup/decode-object.ts'
import { openerFor } from '../config/identity-file.ts'
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
  return { level: 'opened and decoded', options: { decode: decodeObject, decrypt: await openerFor(identity) } }
}
