// One at a time: calls that come while one is under way are answered by one more when it ends.

/** `work` must not throw. */
export function inTurn(work: () => Promise<void>): () => void {
  let underWay = false
  let again = false
  const run = async (): Promise<void> => {
    underWay = true
    do {
      again = false
      await work()
    } while (again)
    underWay = false
  }
  return () => {
    if (underWay) again = true
    else void run()
  }
}
