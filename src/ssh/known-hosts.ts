// Reads known_hosts files as sshd(8) describes them, and says whether a host's key is the one we know. Pure.
import { createHash, createHmac } from 'node:crypto'

export interface KnownKey {
  readonly marker: 'none' | 'revoked' | 'cert-authority'
  /** The first field: patterns separated by commas, or one hashed name. */
  readonly hosts: string
  readonly type: string
  /** The key in SSH wire format, base64. */
  readonly key: string
  /** `file:line`, for messages. */
  readonly where: string
}

export type KeyVerdict =
  | { readonly is: 'known' }
  | { readonly is: 'unknown' }
  | { readonly is: 'changed'; readonly expected: readonly KnownKey[] }
  | { readonly is: 'revoked'; readonly by: KnownKey }

/**
 * The lines of one file. A broken line is left out, as ssh does: at worst its host is unknown and refused.
 * @throws Error for a broken `@revoked` line, because leaving it out would let a stolen key pass.
 */
export function parseKnownHosts(text: string, file: string): readonly KnownKey[] {
  return text.split('\n').flatMap((line, index) => {
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '' || fields[0]?.startsWith('#')) return []
    const where = `${file}:${index + 1}`
    const marker = fields[0] === '@revoked' ? 'revoked' : fields[0] === '@cert-authority' ? 'cert-authority' : 'none'
    const [hosts, type, key] = marker === 'none' ? fields : fields.slice(1)
    if (hosts && type && key && keyType(key) === type) return [{ marker, hosts, type, key, where }]
    if (marker === 'revoked') throw new Error(`${where}: this @revoked line cannot be read, so it cannot be honoured`)
    return []
  })
}

/** The lines that are about a host. Port 22 is written bare, others as `[host]:port`. */
export function keysFor(known: readonly KnownKey[], host: string, port: number): readonly KnownKey[] {
  const name = knownHostsName(host, port)
  return known.filter(({ hosts }) => (hosts.startsWith('|') ? hashedMatch(hosts, name) : patternsMatch(hosts, name)))
}

/** Whether the key that a host showed (wire format) is one of those we know for it. */
export function judgeKey(about: readonly KnownKey[], shown: Buffer): KeyVerdict {
  const key = shown.toString('base64')
  const revoked = about.find(line => line.marker === 'revoked' && line.key === key)
  if (revoked) return { is: 'revoked', by: revoked }
  const plain = about.filter(({ marker }) => marker === 'none')
  if (plain.some(line => line.key === key)) return { is: 'known' }
  return plain.length ? { is: 'changed', expected: plain } : { is: 'unknown' }
}

/** How a host is named in the file, and what the hash of a hashed line is made of. */
export function knownHostsName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
}

/** A line for known_hosts. */
export function knownHostsLine(host: string, port: number, key: Buffer): string {
  const base64 = key.toString('base64')
  return `${knownHostsName(host, port)} ${keyType(base64)} ${base64}\n`
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type that the key itself names in its first field (RFC 4253, 6.6); '' where it is no key. */
export function keyType(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length < 4) return ''
  const length = bytes.readUInt32BE(0)
  return length <= bytes.length - 4 ? bytes.toString('latin1', 4, 4 + length) : ''
}

/** `|1|salt|hmac`: HMAC-SHA1 of the name with the salt as key. */
function hashedMatch(hosts: string, name: string): boolean {
  const [, magic, salt, hash] = hosts.split('|')
  if (magic !== '1' || !salt || !hash) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

function patternsMatch(hosts: string, name: string): boolean {
  const patterns = hosts.toLowerCase().split(',')
  if (patterns.some(pattern => pattern.startsWith('!') && wildcard(pattern.slice(1), name))) return false
  return patterns.some(pattern => !pattern.startsWith('!') && wildcard(pattern, name))
}

function wildcard(pattern: string, name: string): boolean {
  const expression = pattern
    .replaceAll(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`).test(name)
}
