// Runs several things in turn, in another order each round, so that a machine that is busy for a while is so for all of them.
export async function inTurn<T>(
  rounds: number,
  things: Readonly<Record<string, (round: number) => T | Promise<T>>>,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const results = new Map<string, T[]>(Object.keys(things).map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(things)
    if (round % 2 === 1) order.reverse()
    for (const [name, run] of order) results.get(name)?.push(await run(round))
  }
  return results
}
