// The ACL that a znode has until what is below it was restored, when its own would keep the restorer out. It says of itself that it is not the last word.
import type { AclEntry } from '../pipeline/protocol.ts'

/** Nobody can log in as it, since what is stored of a password is a digest; a resumed restore knows by it what it has not finished. */
const mark: AclEntry = { perms: 1, scheme: 'digest', id: 'dcosctl:restoring' }

/** A session with credentials keeps others out in the meantime; one without can't ('auth' stands for the session's own users). */
export const temporaryAcl = (hasCredentials: boolean): readonly AclEntry[] => [
  hasCredentials ? { perms: 31, scheme: 'auth', id: '' } : { perms: 31, scheme: 'world', id: 'anyone' },
  mark,
]

export const isTemporary = (acl: readonly AclEntry[]): boolean =>
  acl.some(({ scheme, id }) => scheme === mark.scheme && id === mark.id)

/** create 4, delete 8. */
const makesChildren = 12

export const letsAnybodyIn = (acl: readonly AclEntry[]): boolean =>
  acl.some(
    ({ perms, scheme, id }) => scheme === 'world' && id === 'anyone' && (perms & makesChildren) === makesChildren,
  )

/** Since 3.6 who may not administer a znode is shown `user:x` in place of a digest (FinalRequestProcessor.java): it is not known then. */
export const isMasked = (acl: readonly AclEntry[]): boolean =>
  acl.some(({ scheme, id }) => scheme === 'digest' && id.endsWith(':x'))

const text = ({ perms, scheme, id }: AclEntry): string => `${perms} ${scheme} ${id}`

/** The order of the entries means nothing. */
export function sameAcl(one: readonly AclEntry[], other: readonly AclEntry[]): boolean {
  if (one === other) return true
  const [first, second] = [new Set(one.map(text)), new Set(other.map(text))]
  return first.size === second.size && [...first].every(entry => second.has(entry))
}
