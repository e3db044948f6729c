// Asks the same of several nodes at once and makes one verdict of it: who is not well, and why.
import { few } from '../cluster/few.ts'
import { because } from '../errors.ts'
import { eachOf, nodesAtOnce } from '../parallel.ts'
import type { NodeName, Verdict } from '../plan/types.ts'

/** Undefined: well. Otherwise what is wrong, in a few words. */
type Complaint = string | undefined

/** A node that can't be asked is not well, because …; the others are asked all the same. */
export async function everyNode(
  nodes: readonly NodeName[],
  words: { readonly well: string; readonly wanted: string; readonly remedy?: string },
  ask: (node: NodeName) => Promise<Complaint>,
): Promise<Verdict> {
  const complaints = await eachOf(nodes, nodesAtOnce, async node => {
    try {
      const complaint = await ask(node)
      return complaint === undefined ? undefined : `${node} ${complaint}`
    } catch (error) {
      return `${node} can't be asked: ${because(error).replace(/\.$/, '')}`
    }
  })
  const wrong = complaints.filter(complaint => complaint !== undefined)
  const saw = wrong.length === 0 ? words.well : few(wrong, '; ')
  return wrong.length === 0 || words.remedy === undefined
    ? { well: wrong.length === 0, saw, wanted: words.wanted }
    : { well: false, saw, wanted: words.wanted, remedy: words.remedy }
}

/** `3 of 3 masters`. */
export const count = (nodes: readonly NodeName[], noun: string): string =>
  `${nodes.length} of ${nodes.length} ${noun}${nodes.length === 1 ? '' : 's'}`
