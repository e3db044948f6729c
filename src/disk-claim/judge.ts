// Whose the cluster is by what stands on the masters' disks. Pure.
import type { Disk, Disks, Standing } from './look.ts'

/** Seconds without a sign of its driver after which a claim that nobody could go on with is worth nothing: three missed beats and more. */
export const deadAfter = 60

export const majorityOf = (masters: number): number => Math.floor(masters / 2) + 1

export interface OnDisk extends Standing {
  readonly master: string
}

/** Claims that count, of whichever run; what was left behind by a taker that was cut off, a reader that died, or a run that has ended, does not. */
export function claimsOn({ asked }: Disks): readonly OnDisk[] {
  const released = new Set(asked.flatMap(disk => disk.released))
  return asked.flatMap(({ master, claim }) => (claim && !isDead(claim, released) ? [{ master, ...claim }] : []))
}

function isDead({ node, age }: Standing, released: ReadonlySet<string>): boolean {
  if (released.has(node.run)) return true
  return age > deadAfter && (node.kind === 'reading' || node.state === 'taking')
}

/** Those that a majority once took, or may have taken: a disk that was lost since does not make them less. */
export const heldOn = (disks: Disks): readonly OnDisk[] => claimsOn(disks).filter(({ node }) => node.state !== 'taking')

export const isDriven = ({ node, age }: Standing): boolean => node.state === 'running' && age <= deadAfter

export const tokensOn = ({ asked }: Disks): number =>
  Math.max(0, ...asked.flatMap(({ token, claim }) => [token, claim?.node.token ?? 0]))

/** Where exactly this claim stands. */
export const withText = ({ asked }: Disks, text: string): readonly Disk[] =>
  asked.filter(({ claim }) => claim?.text === text)
