// `backup verify`: one backup or all, and the answer for people and machines.
import { parseDuration } from '../../config/duration.ts'
import { DcosctlError } from '../../errors.ts'
import { progressLine } from '../../output/progress-line.ts'
import type { VerifiedLevel } from '../../store/verified.ts'
import { masterNames, type World } from '../../world.ts'
import { Busy } from '../../zookeeper/claim/errors.ts'
import { nobodyAtWork } from '../claim-session.ts'
import { newestName, noBackup } from '../named-backup.ts'
import { oldestVerifiedFirst } from './verify-all.ts'
import { type Asked, type VerifiedOne, verifyOne } from './verify-one.ts'
import { notWell, verificationJson, verificationText } from './verify-text.ts'

export interface VerifyFlags extends Omit<Asked, 'level' | 'identity'> {
  readonly level: 'stored' | 'decoded'
  readonly open: boolean
  readonly drill: boolean
  readonly identity?: string | undefined
  readonly all: boolean
  readonly within?: string | undefined
}

interface Answer {
  readonly text: string
  readonly json: object
  readonly ending: DcosctlError | undefined
}

/** @throws DcosctlError USAGE, REFUSED, UNWELL where there is no backup; StoreError. What is wrong with a backup is an answer. */
export async function verifyBackups(world: World, named: string | undefined, flags: VerifyFlags): Promise<Answer> {
  const asked: Asked = { ...flags, level: levelIn(flags), identity: flags.identity }
  refuseOddFlags(world, named, flags, asked.level)
  if (asked.drillOn !== undefined) await seeThatNobodyWorks(world)
  const store = await world.store()
  const { cluster } = world.file
  const names = flags.all
    ? await oldestVerifiedFirst(store, cluster, asked.level)
    : [named ?? (await newestName(store, cluster))]
  if (names.length === 0) throw noBackup(store, cluster) // A weekly verification of nothing would be well, for ever.
  const until =
    performance.now() + 1000 * (flags.within === undefined ? Number.POSITIVE_INFINITY : secondsOf(flags.within))
  const done: VerifiedOne[] = []
  const line = progressLine(process.stderr)
  try {
    for (const backup of names) {
      if (performance.now() >= until) break
      const one = await verifyOne(world, store, backup, asked, text =>
        line.show(flags.all ? `${backup}: ${text}` : text),
      )
      line.show('')
      done.push(one)
      if (one.unrecorded !== undefined)
        process.stderr.write(`Warning: what was found of ${backup} could not be kept: ${one.unrecorded}\n`)
    }
  } finally {
    line.close()
  }
  const left = names.length - done.length
  const texts = [
    ...done.map(one =>
      flags.all && one.findings.length > 0 ? `${one.backup}:\n${verificationText(one)}` : verificationText(one),
    ),
    ...(left > 0 ? [`${left} more were not begun within ${flags.within}; next time they come first.`] : []),
  ]
  const [only] = done
  const json =
    flags.all || !only
      ? { store: store.where, backups: done.map(verificationJson), left }
      : { store: store.where, ...verificationJson(only) }
  return { text: texts.join('\n'), json, ending: notWell(store.where, done) }
}

function levelIn({ level, open, drill, drillOn }: VerifyFlags): VerifiedLevel {
  if (drill || drillOn !== undefined) return 'drilled'
  return open ? 'opened' : level
}

function refuseOddFlags(world: World, named: string | undefined, flags: VerifyFlags, level: VerifiedLevel): void {
  const refuse = (what: string, next: readonly string[] = []) =>
    new DcosctlError('USAGE', { what, state: 'Nothing was touched.', next })
  const { all, drillOn, zookeeperHome, drill } = flags
  if (all && named !== undefined) throw refuse(`${named} and --all: name one backup, or say --all.`)
  if (drill && drillOn !== undefined)
    throw refuse('--drill starts it on this machine, --drill-on on a master: say one of them.')
  if (zookeeperHome !== undefined && level !== 'drilled')
    throw refuse('--zookeeper-home is for --drill and --drill-on.')
  if (drillOn !== undefined && !masterNames(world).includes(drillOn))
    throw refuse(`There is no master ${drillOn} in ${world.file.cluster.name}.`, [
      `one of: ${masterNames(world).join(', ')}`,
    ])
}

function secondsOf(text: string): number {
  const seconds = parseDuration(text)
  if (seconds !== undefined && seconds > 0) return seconds
  throw new DcosctlError('USAGE', {
    what: `--within ${text}: wanted a duration such as 90s, 30m or 2h.`,
    state: 'Nothing was touched.',
  })
}

/** A master under upgrade has better things to do. @throws DcosctlError REFUSED; Claimed where nobody drives that run */
async function seeThatNobodyWorks(world: World): Promise<void> {
  try {
    await nobodyAtWork(world)
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    throw new DcosctlError('REFUSED', {
      what: `${error.message}: no drill is run on a master meanwhile.`,
      state: 'Nothing was changed.',
      next: ['drill on this machine:  dcosctl backup verify --drill'],
      cause: error,
    })
  }
}
