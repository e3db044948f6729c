// Cuts the bytes of a ZooKeeper connection into whole frames: an int32 length (big-endian), then so many bytes.

/** Largest answer taken. Servers refuse larger requests at jute.maxbuffer (1 MiB unless raised); child lists may be longer than that. */
export const longestFrame = 64 * 1024 * 1024

export class NotZooKeeper extends Error {
  override readonly name = 'NotZooKeeper'
}

/** Collects chunks and gives out frames, each with its length in front. @throws NotZooKeeper when a length can't be one. */
export class Frames {
  #chunks: Buffer[] = []
  #length = 0

  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const frames: Buffer[] = []
    for (let wanted = this.#wanted(); wanted !== undefined && this.#length >= wanted; wanted = this.#wanted()) {
      const all = this.#joined()
      frames.push(all.subarray(0, wanted))
      this.#chunks = [all.subarray(wanted)]
      this.#length -= wanted
    }
    return frames
  }

  /** Bytes of the next frame with its length, once its length is known. */
  #wanted(): number | undefined {
    if (this.#length < 4) return undefined
    const first = this.#chunks[0]
    const head = first !== undefined && first.length >= 4 ? first : this.#joined()
    const length = head.readInt32BE(0)
    if (length < 0 || length > longestFrame) {
      const start = head.subarray(0, 16).toString('latin1')
      throw new NotZooKeeper(
        `it answered ${JSON.stringify(start)}, which is not ZooKeeper's protocol (or an answer over 64 MiB)`,
      )
    }
    return length + 4
  }

  #joined(): Buffer {
    const [first] = this.#chunks
    if (this.#chunks.length === 1 && first !== undefined) return first
    const all = Buffer.concat(this.#chunks, this.#length)
    this.#chunks = [all]
    return all
  }
}

/**
 * Whether a frame (with its length) is an answer to a handshake: ConnectResponse of apache/zookeeper `zookeeper.jute`,
 * int protocolVersion = 0, int timeOut, long sessionId, buffer passwd of 16 bytes, boolean readOnly since 3.4.
 */
export function isHandshakeAnswer(frame: Buffer): boolean {
  return (frame.length === 40 || frame.length === 41) && frame.readInt32BE(4) === 0 && frame.readInt32BE(20) === 16
}
