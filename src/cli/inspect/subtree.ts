// The part of a tree that is at and below one path, and how paths of the operator and of the tree are the same.
import type { Tree, Znode } from '../../zookeeper/files/tree.ts'

/** The tree's own key of a path: its bytes, a char each; the root's is empty. */
export const keyOf = (path: string): string => Buffer.from(path.replace(/\/+$/, ''), 'utf8').toString('latin1')

const within = (key: string, root: string): boolean => key === root || key.startsWith(`${root}/`)

/** `tree` with only the znode at `path` and what is below it. The sessions stay. */
export function subtree(tree: Tree, path: string): Tree {
  const root = keyOf(path)
  const znodes = new Map<string, Znode>()
  for (const [key, znode] of tree.znodes) if (within(key, root)) znodes.set(key, znode)
  return { ...tree, znodes }
}

/** Keys of the children of the znode at `path`, sorted. */
export function childrenOf(tree: Tree, path: string): readonly string[] {
  const root = `${keyOf(path)}/`
  return [...tree.znodes.keys()]
    .filter(key => key.startsWith(root) && key.length > root.length && !key.includes('/', root.length))
    .sort()
}
