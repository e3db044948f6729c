// The files that settle how nodes are dialled, each read once: ten thousand dials must not read keys and known_hosts ten thousand times.
import { globSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { expandTilde, type Identity, readIdentity } from './identities.ts'
import { type KnownKey, parseKnownHosts } from './known-hosts.ts'

/** What was read stays as it was read, a missing file too; a reading that failed is tried again. */
export interface SshFiles {
  /** '' for a file that is not there. */
  text(path: string): Promise<string>
  knownKeys(file: string): Promise<readonly KnownKey[]>
  identity(file: string): Promise<Identity>
  /** The files that a pattern names, in order. */
  matching(pattern: string): readonly { readonly path: string; readonly text: string }[]
}

export function sshFiles(): SshFiles {
  const included = new Map<string, readonly { readonly path: string; readonly text: string }[]>()
  return {
    text: once(readIfThere),
    knownKeys: once(async file => parseKnownHosts(await readIfThere(expandTilde(file)), file)),
    identity: once(readIdentity),
    matching(pattern) {
      const known = included.get(pattern)
      if (known) return known
      const files = globSync(pattern).sort()
      const found = files.map(path => ({ path, text: readFileSync(path, 'utf8') }))
      included.set(pattern, found)
      return found
    },
  }
}

function once<T>(read: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const kept = new Map<string, Promise<T>>()
  return path => {
    const known = kept.get(path)
    if (known) return known
    const reading = read(path)
    kept.set(path, reading)
    reading.catch(() => kept.delete(path))
    return reading
  }
}

/** '' for a file that is not there; any other trouble is an error, since a file half read could hide a @revoked line. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path.replaceAll('%d', homedir()), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return ''
    throw error
  }
}
