// Why the claim on the masters' disks can't be had, each telling who has it, where it stands and what to type next.
import { DcosctlError } from '../errors.ts'
import { Claimed } from '../zookeeper/claim/errors.ts'
import { isDriven, majorityOf, type OnDisk } from './judge.ts'
import type { Disks } from './look.ts'

const places = (claims: readonly { readonly master: string }[]): string =>
  claims.map(({ master }) => master).join(' and ')

/** Another run has this cluster, by what stands on the masters' disks. Told like a claim in ZooKeeper. */
export function claimedOnDisks(claims: readonly OnDisk[], why?: string): Claimed {
  const newest = claims.toSorted((a, b) => b.node.token - a.node.token)[0]
  if (!newest) return new Claimed(undefined, undefined, why)
  const { node } = newest
  const its = claims.filter(claim => claim.node.run === node.run)
  const { kind: _, ...shared } = node
  const { format, run, who, since, token } = node
  const driver = its.some(isDriven) ? ({ format, run, who, since, token } as const) : undefined
  const where = `Its claim stands on the disk${its.length > 1 ? 's' : ''} of ${places(its)}.`
  const state = node.state === 'paused' ? 'paused' : 'running'
  return new Claimed({ ...shared, state }, driver, why === undefined ? where : `${where} ${why}`)
}

/** Several began at once, or one was cut off while it took the claim: nobody has a majority. */
export class NobodyWon extends DcosctlError {
  constructor(claims: readonly OnDisk[], { masters, asked }: Disks) {
    const [other] = claims
    const whose = other
      ? `run ${other.node.run} of ${other.node.who.user}@${other.node.who.host} is taking it, or was cut off while it did (on ${places(claims)})`
      : 'another run was taking it at the same time'
    super('CLAIMED', {
      what: `The claim could not be laid on the disks of ${majorityOf(masters)} of ${masters} masters (${asked.length} can be reached): ${whose}.`,
      state: 'Nothing was changed; what this run laid down was taken back.',
      next: [
        'try again in a minute',
        ...(other ? [`if that run is lost:  dcosctl run abandon ${other.node.run} --lost --reason …`] : []),
      ],
    })
    this.name = 'NobodyWon'
  }
}

/** Too few masters for a majority. */
export class NoMajority extends DcosctlError {
  constructor({ masters, asked, unasked }: Disks, next: readonly string[] = []) {
    super('REFUSED', {
      what: `Only ${asked.length} of ${masters} masters can be reached, and the claim on their disks needs ${majorityOf(masters)}: ${unasked.map(({ master, why }) => `${master}: ${why}`).join('; ')}.`,
      state: 'Nothing was changed.',
      next: ['make another master reachable by SSH', ...next],
    })
    this.name = 'NoMajority'
  }
}
