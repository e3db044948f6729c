// What is at and below one path, and how paths of the operator and of the tree are the same. Pure.

/** The tree's own key of a path: its bytes, a char each; the root's is empty. */
export const keyOf = (path: string): string => Buffer.from(path.replace(/\/+$/, ''), 'utf8').toString('latin1')

/** Whether a key is that of the znode at `path`, or of one below it. */
export function isWithin(path: string): (key: string) => boolean {
  const root = keyOf(path)
  return key => key === root || key.startsWith(`${root}/`)
}

/** Whether a key is that of a child of the znode at `path`. */
export function isChildOf(path: string): (key: string) => boolean {
  const above = `${keyOf(path)}/`
  return key => key.startsWith(above) && key.length > above.length && !key.includes('/', above.length)
}
