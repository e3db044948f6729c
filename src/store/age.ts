// Encrypts objects for age recipients, so that the `age` program opens them with one of the identities.
import { Encrypter } from 'age-encryption'
import type { Encryption } from './backup-writer.ts'

/** @throws Error for a recipient that age does not know */
export function ageFor(recipients: readonly string[]): Encryption {
  return {
    kind: 'age',
    ending: '.age',
    async *encrypt(compressed) {
      const encrypter = new Encrypter()
      for (const recipient of recipients) encrypter.addRecipient(recipient)
      yield* await encrypter.encrypt(ReadableStream.from(compressed))
    },
  }
}
