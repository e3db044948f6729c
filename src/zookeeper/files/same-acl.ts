// Whether two ACLs are the same entries in the same order, as ZooKeeper stores them. Pure.
import type { Acl } from './jute.ts'

export const sameAcl = (one: readonly Acl[], other: readonly Acl[]): boolean =>
  one === other ||
  (one.length === other.length &&
    one.every((entry, at) => {
      const against = other[at]
      return against?.perms === entry.perms && against.scheme.equals(entry.scheme) && against.id.equals(entry.id)
    }))
