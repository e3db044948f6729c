// Makes a living subtree what a backup says, over one pipe: compares, applies, and compares anew where somebody else has written in between.
import { because } from '../../errors.ts'
import type { Pipe } from '../pipeline/pipe.ts'
import { op, readAcl } from '../pipeline/protocol.ts'
import { aversionOf } from '../pipeline/stat.ts'
import { NoAuth, NoNode } from '../session/errors.ts'
import { walk } from '../walk/walk.ts'
import { type ApplyOptions, apply, Overtaken } from './apply.ts'
import { Comparison, type Difference, isNothing, type Rule, type SeenAbove } from './compare.ts'
import { isTemporary } from './temporary-acl.ts'
import type { Wanted, WantedZnode } from './wanted.ts'

export interface Compared {
  readonly difference: Difference
  /** The last zxid that was seen: what was created later, this comparison has not shown. */
  readonly upTo: bigint
}

/** Reads the living subtree; changes nothing. */
export async function compare(pipe: Pipe, wanted: Wanted, rule: Rule): Promise<Compared> {
  await pipe.sync()
  const above = await Promise.all(wanted.above.map(async znode => lookAbove(pipe, znode)))
  const comparison = new Comparison(wanted, rule)
  const { bounds, unreadable } = await walk(pipe, wanted.top, {
    wanted: Comparison.wants,
    onZnode: znode => comparison.see(znode),
  })
  return { difference: comparison.result(unreadable, above), upTo: bounds.last }
}

/** A znode above the subtree only has to be there; one that this restore made may still wait for its ACL. */
async function lookAbove(pipe: Pipe, znode: WantedZnode): Promise<SeenAbove> {
  const { path } = znode
  try {
    const { body } = await pipe.call(op.getAcl, 'getAcl', path, to => to.string(path))
    const acl = readAcl(body)
    return { znode, is: isTemporary(acl) ? { waiting: aversionOf(body.bytes.subarray(body.at, body.end)) } : 'there' }
  } catch (error) {
    if (error instanceof NoNode) return { znode, is: 'missing' }
    if (error instanceof NoAuth) return { znode, is: 'there' }
    throw error
  }
}

/** Somebody else writes to the same znodes faster than they can be compared. */
export class InTheWay extends Error {
  override readonly name = 'InTheWay'
}

const triesAtMost = 5

export interface Restored {
  /** How often it was compared. */
  readonly tries: number
  /** What was done, over all tries. */
  readonly created: number
  readonly set: number
  readonly acls: number
  readonly removed: number
  readonly counted: number
}

/** @throws InTheWay after some tries; FencedOff; ConnectionLost; the ZooKeeperError of what is refused */
export async function restore(
  pipe: Pipe,
  wanted: Wanted,
  rule: Rule,
  options: ApplyOptions & { readonly say: (text: string) => void },
): Promise<Restored> {
  const sum = { created: 0, set: 0, acls: 0, removed: 0, counted: 0 }
  for (let tries = 1; ; tries++) {
    const { difference } = await compare(pipe, wanted, rule)
    if (isNothing(difference)) return { tries, ...sum }
    try {
      await apply(pipe, difference, options)
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
      if (tries === triesAtMost)
        throw new InTheWay(`${because(error)}; so it was in ${triesAtMost} tries. Stop who writes there`, {
          cause: error,
        })
      options.say(`compared anew: ${because(error)}`)
      continue
    }
    sum.created += difference.creates.length
    sum.set += difference.sets.length
    sum.acls += difference.acls.length
    sum.removed += difference.removes.length
    sum.counted += difference.counters.length
    return { tries, ...sum }
  }
}
