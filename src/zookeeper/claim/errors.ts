// Why a claim can't be had, kept or taken up, each telling who has the cluster and what to type next.
import { DcosctlError } from '../../errors.ts'
import type { ClaimNode, HolderNode, ReadingNode, Who } from './format.ts'

const nameOf = ({ user, host, pid }: Who): string => `${user}@${host} (process ${pid})`

/** Another run has this cluster. */
export class Claimed extends DcosctlError {
  readonly claim: ClaimNode | undefined
  readonly holder: HolderNode | undefined

  constructor(claim: ClaimNode | undefined, holder: HolderNode | undefined, why?: string) {
    super('CLAIMED', {
      what: `${claim ? described(claim) : 'A claim without a run is being held'}${driven(holder)}.${why ? ` ${why}` : ''}`,
      state: 'Nothing was changed by this command.',
      next: claim ? nextAfter(claim, holder) : ['dcosctl run list'],
    })
    this.name = 'Claimed'
    this.claim = claim
    this.holder = holder
  }
}

const described = ({ run, runbook, who, since, state }: ClaimNode): string =>
  `Run ${run} (${runbook}) of ${who.user}@${who.host} has this cluster since ${since} and is ${state}`

const driven = (holder: HolderNode | undefined): string =>
  holder ? `; ${nameOf(holder.who)} drives it now, since ${holder.since}` : '; nobody drives it now'

const nextAfter = ({ run, who }: ClaimNode, holder: HolderNode | undefined): readonly string[] =>
  holder
    ? [
        `wait for it, or ask ${who.user} on ${who.host}`,
        'if that process is dead: within a minute nobody drives it any more',
      ]
    : [
        `on ${who.host}:  dcosctl run resume ${run}`,
        `from here, with its journal copied:  dcosctl run adopt ${run}`,
        `if ${who.host} is lost:  dcosctl run abandon ${run} --lost --reason …`,
      ]

/** There is nothing to take up: the run's claim is not there. */
export class NoClaim extends DcosctlError {
  constructor(run: string) {
    super('REFUSED', {
      what: `No run has this cluster: the claim of run ${run} is gone (released, abandoned, or removed by hand).`,
      state: 'Nothing was changed by this command.',
      next: [`look at the run:  dcosctl run show ${run}`],
    })
    this.name = 'NoClaim'
  }
}

/** The attempt to become the driver was cut off, and nobody could be asked whether it succeeded. */
export class Unconfirmed extends DcosctlError {
  constructor(run: string, cause: unknown) {
    super('PAUSED_CLAIM', {
      what: `ZooKeeper was lost while run ${run} took the claim on the cluster: it may have it, or not.`,
      state: 'No step was started.',
      next: ['see who has it:  dcosctl status', `if it is this run:  dcosctl run resume ${run}`],
      cause,
    })
    this.name = 'Unconfirmed'
  }
}

/** The claim is not ours any more, or nobody can say that it is. No step may start. */
export class ClaimLost extends DcosctlError {
  constructor(reason: string, run: string, cause?: unknown) {
    super('PAUSED_CLAIM', {
      what: `The claim on the cluster was lost: ${reason}.`,
      state: 'No new step was started. Steps that run on nodes finish by themselves.',
      next: [`see who has it:  dcosctl status`, `then go on:  dcosctl run resume ${run}`],
      ...(cause === undefined ? {} : { cause }),
    })
    this.name = 'ClaimLost'
  }
}

/** A reading run has to wait: a changing run is at work. */
export class Busy extends DcosctlError {
  readonly claim: ClaimNode

  constructor(claim: ClaimNode) {
    super('CLAIMED', {
      what: `${described(claim)}: a reading run may go beside it only while it is paused.`,
      state: 'Nothing was changed by this command.',
      next: ['try again when it is paused or has ended'],
    })
    this.name = 'Busy'
    this.claim = claim
  }
}

/** This run's reading lock is there already. */
export class AlreadyReading extends DcosctlError {
  constructor(run: string, by: ReadingNode | undefined) {
    super('CLAIMED', { what: `Reading run ${run} is under way already${by ? `, by ${nameOf(by.who)}` : ''}.` })
    this.name = 'AlreadyReading'
  }
}
