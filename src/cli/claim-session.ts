// The ZooKeeper session that a run holds its claim by: opened through the masters' SSH connections, kept so that a resume re-attaches at once.
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { nobodyOnDisks } from '../disk-claim/claim.ts'
import { heldOn, isDriven } from '../disk-claim/judge.ts'
import { lookAtDisks } from '../disk-claim/look.ts'
import { DcosctlError } from '../errors.ts'
import { sessionOptions } from '../survey/zookeeper-session.ts'
import type { World } from '../world.ts'
import { seeThatNobodyIsAtWork } from '../zookeeper/claim/at-work.ts'
import { Busy, Claimed } from '../zookeeper/claim/errors.ts'
import type { ClaimNode, Who } from '../zookeeper/claim/format.ts'
import { peek, type Standing } from '../zookeeper/claim/show.ts'
import { readClusterId } from '../zookeeper/session/cluster-id.ts'
import { NoServer } from '../zookeeper/session/errors.ts'
import { openSession, reopenSession, type Session } from '../zookeeper/session/session.ts'

/** `folder`: where the session's credentials are kept for a resume. @throws DcosctlError REFUSED when ZooKeeper's own /cluster-id is not the one that is meant; NoServer when none answers. */
export async function openClaimSession(world: World, folder: string | undefined): Promise<Session> {
  const session = await openSession(await sessionOptions(world))
  try {
    return await admitted(world, session, folder)
  } catch (error) {
    await session.close()
    throw error
  }
}

/** Re-attaches to the session that a run on this workstation had, if it still lives. */
export async function reopenClaimSession(world: World, folder: string): Promise<Session> {
  const options = await sessionOptions(world)
  const kept = await readKept(folder)
  const session = kept ? (await reopenSession({ ...options, resume: kept })).session : await openSession(options)
  try {
    return await admitted(world, session, folder)
  } catch (error) {
    session.detach() // It may be the session of a driver that is alive: closing it would take its claim away.
    throw error
  }
}

/** Who has the cluster, in one sentence; null when nobody has. Asks ZooKeeper and the masters' disks, and writes nothing. */
export async function openClaimLook(world: World): Promise<string | null> {
  const [inZookeeper, onDisks] = await Promise.allSettled([claimNow(world), lookAtDisks(world)])
  if (inZookeeper.status === 'fulfilled' && inZookeeper.value.claim) {
    const { claim, holder } = inZookeeper.value
    return sayClaim(claim.node, holder?.node.who)
  }
  if (onDisks.status === 'rejected') throw onDisks.reason
  const held = heldOn(onDisks.value)
  const newest = held.toSorted((a, b) => b.node.token - a.node.token)[0]
  if (newest) {
    const { node } = newest
    const driven = held.some(claim => claim.node.run === node.run && isDriven(claim))
    return `${sayClaim(node, driven ? node.who : undefined)}; its claim stands on the masters' disks`
  }
  if (inZookeeper.status === 'rejected') throw inZookeeper.reason
  return null
}

function sayClaim(
  {
    run,
    runbook,
    who,
    since,
    state,
  }: Pick<ClaimNode, 'run' | 'runbook' | 'who' | 'since'> & { readonly state: string },
  driver: Who | undefined,
): string {
  const driven = driver ? `driven by ${driver.user}@${driver.host}` : 'nobody drives it'
  return `${runbook} ${run}, ${state}, ${driven}; begun ${since} by ${who.user}@${who.host}`
}

/**
 * @throws Busy while a changing run is at work; Claimed where one says that it is, and nobody drives it. Opens a session for the
 * question and writes nothing.
 */
export async function nobodyAtWork(world: World): Promise<void> {
  const driven = heldOn(await lookAtDisks(world)).find(claim => claim.node.kind === 'changing' && isDriven(claim))
  if (driven) throw new Busy({ ...driven.node, state: 'running' })
  await asking(world, session => seeThatNobodyIsAtWork(() => peek(session))).catch((error: unknown) => {
    if (!(error instanceof NoServer)) throw error // Without a quorum a backup is taken from the disks, whose claim was looked at.
  })
}

/**
 * @throws Claimed when a changing run has the cluster, at work or paused. Asked before a survey, which can't be had while that
 * run has a master down. Opens a session for the question and writes nothing.
 */
export async function nobodyHasIt(world: World): Promise<void> {
  await nobodyOnDisks(world)
  const { claim, holder } = await claimNow(world)
  if (claim || holder) throw new Claimed(claim?.node, holder?.node)
}

const claimNow = (world: World): Promise<Standing> => asking(world, peek)

async function asking<T>(world: World, question: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(await sessionOptions(world))
  try {
    return await question(session)
  } finally {
    await session.close()
  }
}

async function admitted(world: World, session: Session, folder: string | undefined): Promise<Session> {
  const id = await readClusterId(session)
  if (id !== world.file.cluster.id) {
    throw new DcosctlError('REFUSED', {
      what: `ZooKeeper says that this is cluster ${id}, not ${world.file.cluster.id}.`,
      state: 'Nothing was changed.',
      next: ['compare the cluster file with the masters: cluster.id'],
    })
  }
  if (folder !== undefined) await keep(folder, session)
  return session
}

const kept = z.strictObject({ id: z.string(), password: z.string(), lastZxid: z.string() })
const fileOf = (folder: string): string => join(folder, 'session.json')

/** The password of a session is a secret: whoever has it can speak in the run's name. */
async function keep(folder: string, { credentials }: Session): Promise<void> {
  await writeFile(fileOf(folder), JSON.stringify(credentials), { mode: 0o600 })
  await chmod(fileOf(folder), 0o600)
}

/** Undefined where nothing usable was kept: then the old session is waited for; nothing else depends on it. */
async function readKept(folder: string): Promise<Session['credentials'] | undefined> {
  try {
    return kept.parse(JSON.parse(await readFile(fileOf(folder), 'utf8')))
  } catch {
    return undefined
  }
}
