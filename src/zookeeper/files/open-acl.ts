// world:anyone:cdrwa, the ACL that most znodes have: one value that all of them share.

import type { Acl } from './jute.ts'

export const OPEN_ACL: readonly Acl[] = [{ perms: 31, scheme: Buffer.from('world'), id: Buffer.from('anyone') }]

export function isOpen(acl: readonly Acl[]): boolean {
  if (acl === OPEN_ACL) return true
  const [only, more] = acl
  const [open] = OPEN_ACL
  if (!only || !open || more) return false
  return only.perms === open.perms && only.scheme.equals(open.scheme) && only.id.equals(open.id)
}

/** As a vector of Jute: one entry, its permissions, two strings. */
const OPEN_BYTES = Buffer.from('\0\0\0\x01\0\0\0\x1f\0\0\0\x05world\0\0\0\x06anyone', 'latin1')

/** How many bytes the open ACL takes if it stands at `at`; 0 if another one does. */
export function openAclAt(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < OPEN_BYTES.length) return 0
  for (let offset = 0; offset < OPEN_BYTES.length; offset++) if (bytes[at + offset] !== OPEN_BYTES[offset]) return 0
  return OPEN_BYTES.length
}
