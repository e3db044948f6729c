// Numbers for ACLs, so that each list is held once however many znodes have it.

import type { Acl } from './jute.ts'
import { isOpen, OPEN_ACL } from './open-acl.ts'

/** world:anyone:cdrwa has this id in every snapshot and is in no table. */
export const OPEN_ACL_ID = -1

/** The ids are those of a snapshot's own ACL table: from 1 on. */
export class AclIds {
  readonly #ids = new Map<string, number>()
  readonly #lists: (readonly Acl[])[] = []
  /** Znodes of one snapshot share their lists. */
  readonly #shared = new WeakMap<readonly Acl[], number>()

  get lists(): readonly (readonly Acl[])[] {
    return this.#lists
  }

  /** Of a list that many znodes share. */
  idOfShared(acl: readonly Acl[]): number {
    const known = this.#shared.get(acl)
    if (known !== undefined) return known
    const id = this.idOf(acl)
    this.#shared.set(acl, id)
    return id
  }

  /** Copies what is new. */
  idOf(acl: readonly Acl[]): number {
    if (isOpen(acl)) return OPEN_ACL_ID
    const key = acl.map(({ perms, scheme, id }) => `${perms} ${scheme.toString('hex')} ${id.toString('hex')}`).join()
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const own = acl.map(({ perms, scheme, id }) => ({ perms, scheme: Buffer.from(scheme), id: Buffer.from(id) }))
    const id = this.#lists.push(own)
    this.#ids.set(key, id)
    return id
  }

  /** Undefined for a number that is no id. */
  list(id: number): readonly Acl[] | undefined {
    return id === OPEN_ACL_ID ? OPEN_ACL : this.#lists[id - 1]
  }
}
