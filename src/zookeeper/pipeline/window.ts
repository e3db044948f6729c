// How many requests may be unanswered at a time. Grows while answers come quickly, halves when they begin to queue at the server.

/** A server stops reading from all its clients at 1000 queued requests (ZooKeeperServer.java, globalOutstandingLimit). */
const largest = 512
const smallest = 64
/** Milliseconds beyond the quickest answer seen; our own full window takes less to answer. */
const queueing = 60

export class Window {
  size = largest / 2
  #quickest = Number.POSITIVE_INFINITY
  #halvedAt = Number.NEGATIVE_INFINITY

  /** An answer took so many milliseconds and came at `now`. */
  answered(took: number, now: number): void {
    if (took < this.#quickest) this.#quickest = took
    if (took > this.#quickest * 4 + queueing) {
      // What is under way was sent before: one halving per round.
      if (now - this.#halvedAt < took) return
      this.#halvedAt = now
      this.size = Math.max(smallest, this.size >> 1)
    } else if (this.size < largest) this.size++
  }
}
