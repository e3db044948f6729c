// Opens objects that were encrypted for an age recipient, for whoever holds the identity.
import { ReadableStream } from 'node:stream/web'
import { Decrypter } from 'age-encryption'
import type { Secret } from '../secret.ts'

/**
 * @param identity a private key, `AGE-SECRET-KEY-1…`
 * @returns a decoder of streams, which throws while it is read if the stream is damaged, cut off or for somebody else
 */
export function ageOpener(identity: Secret): (encrypted: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity.reveal())
  return async function* open(encrypted) {
    yield* await decrypter.decrypt(ReadableStream.from(encrypted))
  }
}
