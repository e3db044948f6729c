// The claim on the masters' disks, for runs that stop ZooKeeper or find it without a quorum. A majority decides; two racers never both win.
//
// It is laid down as `taking` first and turns into `running` once a majority has it. So what a taker leaves that dies in
// between is told from a claim that was held and has lost a disk since: the one is worth nothing, the other still counts.
import { setTimeout as pause } from 'node:timers/promises'
import type { Hold } from '../engine/ports.ts'
import { ClaimLost, NoClaim } from '../zookeeper/claim/errors.ts'
import { processAlive } from '../zookeeper/claim/process-alive.ts'
import { claimedOnDisks, NobodyWon, NoMajority } from './errors.ts'
import { type DiskClaimNode, textOf } from './format.ts'
import { holdOnDisks } from './hold.ts'
import { claimsOn, heldOn, isDriven, majorityOf, tokensOn, withText } from './judge.ts'
import { type Change, changeDisks, type Disks, lookAtDisks, type Masters } from './look.ts'

export interface DiskClaim {
  readonly token: number
  readonly node: DiskClaimNode
  /** For the engine. */
  readonly hold: Hold
  /** The run pauses and this process ends: the claim stays, marked paused. @throws ClaimLost */
  leave(): Promise<void>
  /** The run has ended. A master that can't be reached keeps its copy, which is worth nothing from now on. @throws ClaimLost */
  release(): Promise<void>
}

export interface Driving {
  readonly run: string
  readonly who: DiskClaimNode['who']
  /** A token that this one must be above beside those that the nodes remember: ZooKeeper's, where it could be read. */
  readonly above?: number
}

export interface Taking extends Driving {
  readonly kind: DiskClaimNode['kind']
  readonly runbook: string
  readonly cluster: string
  readonly now: () => Date
  /** `reachable`: no majority is asked for, a person has accepted that; only for a run that reads. */
  readonly enough?: 'majority' | 'reachable'
}

/** Looks of a racer; in between it waits for up to so many milliseconds, by chance, so that two do not go on in step. */
const looks = 8
const waitUpTo = 600

/**
 * Takes the cluster for a new run.
 * @throws Claimed telling who has it; NobodyWon when a race has no winner; NoMajority; DcosctlError REFUSED for what can't be read
 */
export async function takeDiskClaim(world: Masters, taking: Taking): Promise<DiskClaim> {
  const { run, kind, runbook, cluster, who, now, above = 0, enough = 'majority' } = taking
  const since = now().toISOString()
  for (let look = 1; ; look++) {
    const disks = await lookAtDisks(world)
    const needed = neededOf(disks, enough)
    const others = claimsOn(disks).filter(({ node }) => node.run !== run)
    if (others.some(({ node }) => node.state !== 'taking')) throw claimedOnDisks(others)
    if (look > looks) throw new NobodyWon(others, disks)
    const highest = Math.max(tokensOn(disks), above)
    // Who only reads fences nobody off.
    const token = kind === 'changing' ? highest + 1 : Math.max(highest, 1)
    const node = { format: 1, cluster, run, runbook, kind, who, since, state: 'taking', token } as const
    const free = disks.asked.filter(({ master }) => !others.some(other => other.master === master))
    const taken = free.length >= needed ? await lay(world, free, node, needed) : undefined
    if (taken) return taken
    await pause(Math.random() * waitUpTo)
  }
}

/** @throws NoMajority */
function neededOf(disks: Disks, enough: Taking['enough']): number {
  if (enough === 'reachable' && disks.asked.length > 0) return disks.asked.length
  const majority = majorityOf(disks.masters)
  if (disks.asked.length < majority) throw new NoMajority(disks)
  return majority
}

/** Lays it on these disks, then confirms it. Undefined, and taken back, where too few took it. */
async function lay(
  world: Masters,
  free: Disks['asked'],
  taking: DiskClaimNode,
  needed: number,
): Promise<DiskClaim | undefined> {
  const { run, token, kind } = taking
  const [first, then] = [textOf(taking), textOf({ ...taking, state: 'running' })]
  const laid = await changeDisks(
    world,
    free.map(({ master, claim }) => ({ master, from: claim?.text ?? '', to: first })),
  )
  const mine = withText(laid, first)
  if (mine.length >= needed) {
    const remembered = kind === 'changing' ? { token: { token, run } } : {}
    const confirmed = await changeDisks(
      world,
      mine.map(({ master }) => ({ master, from: first, to: then, ...remembered })),
    )
    if (withText(confirmed, then).length >= needed) return claimed(world, { ...taking, state: 'running' }, needed)
  }
  await takeBack(
    world,
    free.flatMap(({ master }) => [first, then].map(from => ({ master, from, to: '' }))),
  )
  return undefined
}

/** One after another where a disk may hold either of two texts. */
async function takeBack(world: Masters, changes: readonly Change[]): Promise<void> {
  const rounds = Map.groupBy(changes, ({ from }) => from)
  for (const round of rounds.values()) await changeDisks(world, round)
}

/**
 * Goes on with a run of this workstation, after a pause or a crash.
 * @throws NoClaim, NoMajority, Claimed (another run, another workstation, or a living process of this one drives it)
 */
export const resumeDiskClaim = (world: Masters, driving: Driving): Promise<DiskClaim> =>
  takeUp(world, driving, claims => {
    const { who } = driving
    const elsewhere = claims.filter(({ node }) => node.who.host !== who.host)
    if (elsewhere.length > 0)
      throw claimedOnDisks(elsewhere, 'It belongs to another workstation; taking it over has a verb of its own.')
    const driven = claims.find(
      claim => isDriven(claim) && claim.node.who.pid !== who.pid && processAlive(claim.node.who.pid),
    )
    if (driven) throw claimedOnDisks(claims, `Process ${driven.node.who.pid} on this workstation still drives it.`)
  })

/** Takes over a run that another workstation began and that nobody drives. @throws NoClaim, NoMajority, Claimed */
export const adoptDiskClaim = (world: Masters, driving: Driving): Promise<DiskClaim> =>
  takeUp(world, driving, refuseDriven)

function refuseDriven(claims: ReturnType<typeof claimsOn>): void {
  if (claims.some(isDriven)) throw claimedOnDisks(claims, 'Its driver was there a moment ago.')
}

async function takeUp(
  world: Masters,
  { run, who, above = 0 }: Driving,
  judge: (its: ReturnType<typeof claimsOn>) => void,
): Promise<DiskClaim> {
  const disks = await lookAtDisks(world)
  const claims = claimsOn(disks)
  const others = claims.filter(({ node }) => node.run !== run)
  if (others.length > 0) throw claimedOnDisks(others)
  const its = claims.filter(({ node }) => node.run === run)
  judge(its)
  const newest = its.toSorted((a, b) => b.node.token - a.node.token)[0]
  if (!newest)
    throw disks.unasked.length > 0 && disks.asked.length < majorityOf(disks.masters)
      ? new NoMajority(disks)
      : new NoClaim(run)
  const needed = neededOf(disks, 'majority')
  const token = Math.max(tokensOn(disks), above) + 1
  const node: DiskClaimNode = { ...newest.node, who, state: 'running', token }
  const text = textOf(node)
  const changed = await changeDisks(
    world,
    disks.asked.map(({ master, claim }) => ({ master, from: claim?.text ?? '', to: text, token: { token, run } })),
  )
  const ours = withText(changed, text)
  if (ours.length >= needed) return claimed(world, node, needed)
  // Another one took it up at the same moment: what was there is put back where this one came first.
  const before = new Map(disks.asked.map(({ master, claim }) => [master, claim?.text ?? '']))
  await changeDisks(
    world,
    ours.map(({ master }) => ({ master, from: text, to: before.get(master) ?? '' })),
  )
  const winners = claimsOn(changed).filter(({ text: its }) => its !== text)
  throw winners.length > 0 ? claimedOnDisks(winners) : new NoMajority(changed)
}

/**
 * Releases the claim of a run whose workstation and journal are lost, and what a taker that was cut off left behind.
 * @returns whether there was one
 * @throws NoMajority, Claimed while its driver is alive
 */
export async function releaseLost(world: Masters, run: string): Promise<boolean> {
  const disks = await lookAtDisks(world)
  const its = disks.asked.filter(({ claim }) => claim?.node.run === run)
  if (its.length === 0) return false
  refuseDriven(claimsOn(disks).filter(({ node }) => node.run === run))
  neededOf(disks, 'majority')
  const changed = await changeDisks(
    world,
    disks.asked
      .filter(({ claim }) => claim === undefined || claim.node.run === run)
      .map(({ master, claim }) => ({ master, from: claim?.text ?? '', to: '', released: run })),
  )
  const left = claimsOn(changed).filter(({ node }) => node.run === run)
  if (left.length > 0) throw claimedOnDisks(left, 'Its driver was there a moment ago.')
  return true
}

/**
 * The highest fencing token that the masters remember. `beside`: a run that reads may go beside one that is paused.
 * @throws Claimed when another run has the cluster by what stands on their disks
 */
export async function nobodyOnDisks(
  world: Masters,
  beside: 'nobody' | 'a paused run' = 'nobody',
): Promise<{ readonly token: number }> {
  const disks = await lookAtDisks(world)
  const others = heldOn(disks).filter(({ node }) => beside === 'nobody' || node.state === 'running')
  if (others.length > 0) throw claimedOnDisks(others)
  return { token: tokensOn(disks) }
}

function claimed(world: Masters, first: DiskClaimNode, needed: number): DiskClaim {
  const { run, token } = first
  let node = first
  const { hold, stop } = holdOnDisks({ world, run, token, text: textOf(first), enough: needed })

  const turn = async (to: string, released?: string): Promise<void> => {
    if (hold.lost.aborted) throw hold.lost.reason
    const from = textOf(node)
    const changed = await changeDisks(
      world,
      world.file.masters.map(({ name: master }) => ({
        master,
        from,
        to,
        ...(released === undefined ? {} : { released }),
      })),
    )
    const done = changed.asked.filter(({ claim }) => (claim?.text ?? '') === to).length
    if (done >= needed) return
    const why = changed.unasked.map(({ master, why }) => `${master}: ${why}`)
    const other = claimsOn(changed).find(({ node }) => node.run !== run)
    throw new ClaimLost(
      other
        ? `run ${other.node.run} has it`
        : `too few masters could be told: ${why.join('; ') || 'it stands there no more'}`,
      run,
    )
  }

  return {
    token,
    get node() {
      return node
    },
    hold,
    async leave() {
      const next: DiskClaimNode = { ...node, state: 'paused' }
      stop()
      await turn(textOf(next))
      node = next
    },
    async release() {
      stop()
      await turn('', run)
    },
  }
}
