// Waiting for what a cluster says by itself after a while: an election that ends, a server that is up again.
import { setTimeout as pause } from 'node:timers/promises'

/** Asks once a second until the answer is well, for so many seconds; then gives the last one as it is. */
export async function askedUntil<T>(within: number, ask: () => Promise<T>, isWell: (answer: T) => boolean): Promise<T> {
  const until = performance.now() + within * 1000
  for (;;) {
    const answer = await ask()
    if (isWell(answer) || performance.now() > until) return answer
    await pause(1000)
  }
}
