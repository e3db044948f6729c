// Reads a secret from where the cluster file says it is: environment, file or command. Never from the cluster file's own text.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { because, DcosctlError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { SecretSource } from './schema.ts'

const commandWithin = 30_000

/** Trailing line ends are not part of it. @throws DcosctlError USAGE naming the source (never the value) where nothing can be read. */
export async function readSecret(what: string, source: SecretSource, environment: NodeJS.ProcessEnv): Promise<Secret> {
  const value = (await readFrom(what, source, environment)).replace(/[\r\n]+$/, '')
  if (value !== '') return new Secret(value)
  throw new DcosctlError('USAGE', { what: `${what} is empty in ${sayWhere(source)}.`, state: 'Nothing was touched.' })
}

async function readFrom(what: string, source: SecretSource, environment: NodeJS.ProcessEnv): Promise<string> {
  try {
    if ('env' in source) return environment[source.env] ?? ''
    if ('file' in source) return await readFile(source.file, 'utf8')
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', source.command], { timeout: commandWithin })
    return stdout
  } catch (error) {
    const cause = 'command' in source ? 'the command failed' : because(error)
    throw new DcosctlError('USAGE', {
      what: `${what} can't be read from ${sayWhere(source)}: ${cause}.`,
      state: 'Nothing was touched.',
    })
  }
}

const sayWhere = (source: SecretSource): string =>
  'env' in source
    ? `the environment variable ${source.env}`
    : 'file' in source
      ? `the file ${source.file}`
      : 'the command of the cluster file'
