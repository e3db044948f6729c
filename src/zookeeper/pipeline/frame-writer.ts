// Writes request frames of ZooKeeper's protocol into one buffer, so that many requests leave in one write.

/** Text as bytes, one char each ('latin1'), as the keys of the tree have it: what came from a server goes back unchanged. */
export type ByteString = string

const firstBytes = 64 * 1024

export class FrameWriter {
  #bytes = Buffer.allocUnsafe(firstBytes)
  #at = 0
  #began = 0

  /** Bytes of the frames that were not taken yet. */
  get waiting(): number {
    return this.#at
  }

  begin(): this {
    this.#began = this.#at
    return this.int(0)
  }

  /** The length of the frame without its head, which may not be longer than the server takes. */
  end(): number {
    const length = this.#at - this.#began - 4
    this.#bytes.writeInt32BE(length, this.#began)
    return length
  }

  /** Takes back the frame that was begun. */
  forget(): void {
    this.#at = this.#began
  }

  /** What was written since, and begins anew: the bytes are the socket's from now on. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#at)
    const left = this.#bytes.subarray(this.#at)
    this.#bytes = left.length < 4096 ? Buffer.allocUnsafe(firstBytes) : left
    this.#at = 0
    return taken
  }

  int(value: number): this {
    this.#room(4)
    this.#bytes.writeInt32BE(value, this.#at)
    this.#at += 4
    return this
  }

  long(value: bigint): this {
    this.#room(8)
    this.#bytes.writeBigInt64BE(BigInt.asIntN(64, value), this.#at)
    this.#at += 8
    return this
  }

  boolean(value: boolean): this {
    this.#room(1)
    this.#bytes[this.#at++] = value ? 1 : 0
    return this
  }

  string(value: ByteString): this {
    this.#room(4 + value.length)
    this.#bytes.writeInt32BE(value.length, this.#at)
    this.#bytes.write(value, this.#at + 4, 'latin1')
    this.#at += 4 + value.length
    return this
  }

  /** Null and empty are different values. */
  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int(-1)
    this.#room(4 + value.length)
    this.#bytes.writeInt32BE(value.length, this.#at)
    this.#bytes.set(value, this.#at + 4)
    this.#at += 4 + value.length
    return this
  }

  #room(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + more, firstBytes))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
