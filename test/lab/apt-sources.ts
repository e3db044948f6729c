// Reads from this machine's apt configuration where Debian packages come from: no mirror is ever written down here.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Source {
  readonly uri: string
  readonly suites: readonly string[]
  readonly components: readonly string[]
  /** Keyring file the machine trusts for this source, where it names one. */
  readonly keyring: string | undefined
}

/** Every enabled binary source in /etc/apt, in apt's order. */
export function aptSources(etc = '/etc/apt'): readonly Source[] {
  const parts = join(etc, 'sources.list.d')
  const names = [join(etc, 'sources.list'), ...listed(parts).map(name => join(parts, name))]
  return names.flatMap(name => {
    if (name.endsWith('.sources')) return deb822(read(name))
    return name.endsWith('.list') ? oneLine(read(name)) : []
  })
}

/** The first source that carries `suite`'s main component. Throws where there is none. */
export function sourceOf(suite: string, sources: readonly Source[]): Source {
  const found = sources.find(
    ({ uri, suites, components }) => /^https?:/.test(uri) && suites.includes(suite) && components.includes('main'),
  )
  if (found) return found
  const seen = sources.flatMap(({ suites }) => suites).join(', ') || 'nothing'
  throw new Error(
    `The lab's image is made from Debian ${suite}, but this machine's apt sources name ${seen}.\n` +
      `Add a source with the suite ${suite} and the component main to /etc/apt/sources.list.d/, then try again.`,
  )
}

/** The stanza format of sources.list(5). */
export function deb822(text: string): readonly Source[] {
  const stanzas = text.replaceAll(/^#.*\n?/gm, '').split(/\n\s*\n/)
  return stanzas.flatMap(stanza => {
    const fields = new Map(
      [...stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)].map(([, key = '', value = '']) => [
        key.toLowerCase(),
        value.trim(),
      ]),
    )
    const words = (key: string) => (fields.get(key) ?? '').split(/\s+/).filter(Boolean)
    if (fields.get('enabled')?.toLowerCase() === 'no' || !words('types').includes('deb')) return []
    return words('uris').map(uri => ({
      uri,
      suites: words('suites'),
      components: words('components'),
      keyring: keyringFile(fields.get('signed-by')),
    }))
  })
}

/** The one-line format of sources.list(5). */
export function oneLine(text: string): readonly Source[] {
  return text.split('\n').flatMap(line => {
    const [, options = '', uri, suite, components = ''] =
      /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line) ?? []
    if (uri === undefined || suite === undefined) return []
    const keyring = keyringFile(/signed-by=(\S+)/.exec(options)?.[1])
    return [{ uri, suites: [suite], components: components.split(/\s+/).filter(Boolean), keyring }]
  })
}

// Signed-By may also hold a fingerprint or a whole key block, which mmdebstrap is not given.
const keyringFile = (value: string | undefined) => (value?.startsWith('/') && !value.includes('\n') ? value : undefined)

function listed(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'
