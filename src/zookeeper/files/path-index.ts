// Finds numbers by the hashes of what they stand for: open addressing. Whether a number is the right one its owner says.

const SMALLEST = 1024

export class PathIndex {
  /** Each two, a hash and its number, so that looking takes one step into memory. At most two thirds are full; the number 0 marks a free slot. */
  #slots = new Uint32Array(2 * SMALLEST)
  #mask = SMALLEST - 1
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The slot to look into first; then `next`, until `number` gives 0. */
  first(hash: number): number {
    return hash & this.#mask
  }

  next(slot: number): number {
    return (slot + 1) & this.#mask
  }

  number(slot: number): number {
    return this.#slots[2 * slot + 1] ?? 0
  }

  hash(slot: number): number {
    return this.#slots[2 * slot] ?? 0
  }

  /** `number` is not in it. */
  add(number: number, hash: number): void {
    if (this.#size * 3 >= (this.#mask + 1) * 2) this.#grow()
    this.#put(number, hash)
    this.#size++
  }

  /** `number` is in it, with this hash. Those behind it move up, so that no search breaks off at the gap. */
  remove(number: number, hash: number): void {
    let gap = this.first(hash)
    while (this.number(gap) !== number) gap = this.next(gap)
    for (let slot = this.next(gap); this.number(slot) !== 0; slot = this.next(slot)) {
      // It may move up unless its search begins behind the gap.
      const searched = (slot - this.first(this.hash(slot))) & this.#mask
      if (searched < ((slot - gap) & this.#mask)) continue
      this.#set(gap, this.number(slot), this.hash(slot))
      gap = slot
    }
    this.#set(gap, 0, 0)
    this.#size--
  }

  #put(number: number, hash: number): void {
    let slot = this.first(hash)
    while (this.number(slot) !== 0) slot = this.next(slot)
    this.#set(slot, number, hash)
  }

  #set(slot: number, number: number, hash: number): void {
    this.#slots[2 * slot] = hash
    this.#slots[2 * slot + 1] = number
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(2 * before.length)
    this.#mask = before.length - 1
    for (let at = 0; at < before.length; at += 2) {
      const number = before[at + 1] ?? 0
      if (number !== 0) this.#put(number, before[at] ?? 0)
    }
  }
}
