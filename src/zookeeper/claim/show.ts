// Who has the cluster, read without changing anything.
import { NoNode } from '../session/errors.ts'
import type { Stat } from '../session/requests.ts'
import type { Session } from '../session/session.ts'
import {
  type ClaimNode,
  type HolderNode,
  paths,
  type ReadingNode,
  readClaim,
  readHolder,
  readReading,
} from './format.ts'

export interface Standing {
  readonly claim: { readonly node: ClaimNode; readonly version: number } | undefined
  readonly holder: { readonly node: HolderNode; readonly stat: Stat } | undefined
}

/** Both znodes, no older than the call. @throws DcosctlError REFUSED where one can't be read */
export async function standing(session: Session): Promise<Standing> {
  await session.sync()
  return peek(session)
}

/** As `standing`, without waiting for a quorum: for `status`, which writes nothing. What it says may be some ticks old. */
export async function peek(session: Session): Promise<Standing> {
  const claim = await there(session.get(paths.claim))
  const holder = await there(session.get(paths.holder))
  return {
    claim: claim && { node: readClaim(claim.data), version: claim.stat.version },
    holder: holder && { node: readHolder(holder.data), stat: holder.stat },
  }
}

/** The reading runs under way, no older than the call. @throws DcosctlError REFUSED */
export async function readers(session: Session): Promise<readonly ReadingNode[]> {
  await session.sync()
  const names = (await there(session.children(paths.reading))) ?? []
  const nodes = await Promise.all(names.map(name => there(session.get(`${paths.reading}/${name}`))))
  return nodes.flatMap(node => (node ? [readReading(node.data)] : []))
}

export async function there<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (thrown) {
    if (thrown instanceof NoNode) return undefined
    throw thrown
  }
}
