// The age identity that opens encrypted backups, from the file that `age-keygen` wrote.
import { readFile } from 'node:fs/promises'
import { because, DcosctlError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { Decrypt } from '../store/open-object.ts'

/** @throws DcosctlError USAGE for a file that can't be read or holds no identity */
export async function openerFor(path: string): Promise<Decrypt> {
  const { ageOpener } = await import('../store/age-identity.ts')
  return ageOpener(await readIdentity(path))
}

/** Comments, and a line with the key. */
async function readIdentity(path: string): Promise<Secret> {
  const refuse = (why: string) =>
    new DcosctlError('USAGE', {
      what: `${path} can't be used as an age identity: ${why}.`,
      state: 'Nothing was touched.',
    })
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw refuse(because(error))
  }
  const key = text.split('\n').find(line => line.startsWith('AGE-SECRET-KEY-'))
  if (key === undefined) throw refuse('it has no line that begins with AGE-SECRET-KEY-')
  return new Secret(key.trim())
}
