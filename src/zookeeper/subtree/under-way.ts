// Requests under way, so many and so many bytes of them at a time, in the order in which they were sent.

export class UnderWay {
  readonly #limit: { readonly requests: number; readonly bytes: number }
  readonly #all: { readonly bytes: number; readonly end: Promise<void> }[] = []
  #bytes = 0
  #failed: { readonly why: unknown } | undefined

  constructor(limit: { readonly requests: number; readonly bytes: number }) {
    this.#limit = limit
  }

  add(bytes: number, end: Promise<void>): void {
    const noted = end.catch((why: unknown) => {
      this.#failed ??= { why }
    })
    this.#all.push({ bytes, end: noted })
    this.#bytes += bytes
  }

  /** Waits until there is room for one more of so many bytes. @throws what the first of them failed with, once all have ended */
  async room(bytes: number): Promise<void> {
    const { requests, bytes: most } = this.#limit
    while (this.#all.length > 0 && (this.#all.length >= requests || this.#bytes + bytes > most)) await this.#oldest()
    if (this.#failed) await this.drained()
  }

  /** @throws what the first of them failed with, once all have ended */
  async drained(): Promise<void> {
    while (this.#all.length > 0) await this.#oldest()
    if (this.#failed) throw this.#failed.why
  }

  async #oldest(): Promise<void> {
    const oldest = this.#all.shift()
    if (!oldest) return
    await oldest.end
    this.#bytes -= oldest.bytes
  }
}
