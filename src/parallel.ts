// Does something for each of many, at most so many at once, results in order.

/** The first rejection rejects the whole; what is under way then is left to end by itself. */
export async function eachOf<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}

/** How many nodes are asked at once: one that was not asked for a while is dialled first, which costs a socket and a login. */
export const nodesAtOnce = 50
