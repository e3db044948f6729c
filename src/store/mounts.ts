// What is to be mounted on this host and what is: a share that is missing at its place leaves an empty folder of another disk there.
import { readFile } from 'node:fs/promises'
import { hasCode } from './directory-errors.ts'

export interface Mounts {
  /** As `/etc/fstab` has them. */
  readonly wanted: readonly string[]
  /** As `/proc/self/mountinfo` has them; an automounter's own place is among them. */
  readonly present: readonly string[]
}

/** What there is none of, as on hosts that are no Linux, wants nothing. */
export async function mountsOfThisHost(): Promise<Mounts> {
  const [fstab, mountinfo] = await Promise.all(['/etc/fstab', '/proc/self/mountinfo'].map(textOf))
  if (fstab === undefined || mountinfo === undefined) return { wanted: [], present: [] }
  return parseMounts(fstab, mountinfo)
}

/** Formats: fstab(5); proc_pid_mountinfo(5), whose fifth field is the place. */
export function parseMounts(fstab: string, mountinfo: string): Mounts {
  const field = (text: string, at: number) =>
    text
      .split('\n')
      .filter(line => !/^\s*(#|$)/.test(line))
      .flatMap(line => line.trim().split(/\s+/)[at] ?? [])
      .map(unescaped)
      .filter(place => place.startsWith('/'))
  return { wanted: field(fstab, 1), present: field(mountinfo, 4) }
}

/** Where something is to be mounted at or above this path and is not, nor anything below that; undefined where all is as it should be. */
export function missingMount(path: string, { wanted, present }: Mounts): string | undefined {
  const isAbove = (place: string) => place === '/' || path === place || path.startsWith(`${place}/`)
  const longest = (places: readonly string[]) =>
    places.filter(isAbove).reduce((one, other) => (other.length > one.length ? other : one), '/')
  const missing = longest(wanted.map(place => place.replace(/(?<=.)\/+$/, '')))
  return missing.length > longest(present).length ? missing : undefined
}

const unescaped = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
