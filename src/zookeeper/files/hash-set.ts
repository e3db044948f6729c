// A set of hashes of 32 bits, four bytes each. It may say of one that it has it though only another one with the same bits was added.

const SMALLEST = 1024

export class HashSet {
  /** Open addressing, at most half full; 0 marks a free slot, and the hash 0 is taken for 1. */
  #slots = new Uint32Array(SMALLEST)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(hash: number): void {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    const slot = this.#slotOf(hash || 1)
    if (this.#slots[slot] === 0) this.#size++
    this.#slots[slot] = hash || 1
  }

  has(hash: number): boolean {
    return this.#slots[this.#slotOf(hash || 1)] !== 0
  }

  /** Gives its memory back. */
  clear(): void {
    this.#slots = new Uint32Array(SMALLEST)
    this.#size = 0
  }

  /** Where the hash is, or the free slot where it belongs. */
  #slotOf(hash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hash & mask
    while (slots[slot] !== 0 && slots[slot] !== hash) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(2 * before.length)
    for (const hash of before) if (hash !== 0) this.#slots[this.#slotOf(hash)] = hash
  }
}
