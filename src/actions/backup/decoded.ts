// Passes a stream on to the store and decodes it at the same time; what can't be decoded ends the stream with an error.
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'

export interface Decoded<T> {
  /** The same bytes, at the pace of the slower of both readers. Ends only after `decode` has understood them all. */
  readonly plain: AsyncIterable<Uint8Array>
  /** @throws Error before `plain` has ended. */
  result(): T
}

export function decodedOnTheWay<T>(
  source: AsyncIterable<Uint8Array>,
  decode: (copy: Readable) => Promise<T>,
): Decoded<T> {
  const copy = new PassThrough()
  const decoding = decode(copy)
  decoding.catch(() => copy.destroy()) // Awaited below, once the stream has ended; until then it must not end the process.
  let decoded: { readonly as: T } | undefined
  async function* plain() {
    try {
      for await (const chunk of source) {
        if (!copy.destroyed && !copy.write(chunk)) await roomAgain(copy)
        yield chunk
      }
      copy.end()
      decoded = { as: await decoding }
    } catch (error) {
      copy.destroy()
      throw error
    }
  }
  return {
    plain: plain(),
    result() {
      if (!decoded) throw new Error('what is in it is known once the stream has ended')
      return decoded.as
    },
  }
}

/** A reader that has gone away needs no room. */
const roomAgain = (stream: PassThrough): Promise<unknown> =>
  Promise.race([once(stream, 'drain'), once(stream, 'close')])
