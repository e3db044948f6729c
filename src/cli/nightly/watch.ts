// Around one backup: what it comes to is remembered, told to everybody who is named in the cluster file, and, where it failed, told
// with the age of the newest good one. Telling never changes how the backup ended.
import { hostname } from 'node:os'
import type { ClusterFile } from '../../config/schema.ts'
import { because, DcosctlError, exitCodes } from '../../errors.ts'
import { usualKnock } from '../../notify/knock.ts'
import type { Begun, Ended, GoodBackup } from '../../notify/night.ts'
import { tell } from '../../notify/tell.ts'
import { readManifest } from '../../store/backups.ts'
import type { Left } from '../drive.ts'
import { endingText } from '../ending.ts'
import { withWorldOf } from '../open-world.ts'
import { endingOf } from '../run-ending.ts'
import { translated } from '../translate.ts'
import { goodOf, type Newest, newestGood, sayNewest } from './newest-good.ts'
import { type LastBackup, lastBackupPath, readLast, writeLast } from './record.ts'
import { besideOther, processMark } from './under-way.ts'

export interface Watching {
  readonly file: ClusterFile
  /** Of the cluster file: who reads the mail of a night sees where to type what. */
  readonly configPath: string
  readonly environment: NodeJS.ProcessEnv
  /** Whether it is skipped while the one before it is at work on this host, and fails where that one hangs. */
  readonly skipBeside: boolean
  /** To stderr. */
  readonly complain: (line: string) => void
}

/** `ending` of a run that was left is undefined where there is a new backup. */
export type Watched =
  | { readonly left: Left; readonly ending: DcosctlError | undefined }
  | { readonly left: undefined; readonly ending: Error }

/** `work` calls `begin` once it is clear that it is not to be skipped. Never rejects for what `work` threw: that is its ending. @throws DcosctlError SKIPPED, see `besideOther` */
export async function watched(watching: Watching, work: (begin: () => void) => Promise<Left>): Promise<Watched> {
  const { file, environment, complain } = watching
  const started = new Date().toISOString()
  const { pid } = process
  const mark = await processMark(pid)
  const path = lastBackupPath(environment, file.cluster.name)
  const before = await readLast(path, file.cluster.id).catch(error => lost(complain, error))
  const hangs = watching.skipBeside ? await besideOther(before, new Date(started)) : undefined
  const lastSuccess = before?.lastSuccess ?? undefined
  const previous = before?.ended && { started: before.started, ended: before.ended.at, exit: before.ended.exit }
  const begun: Begun = { cluster: file.cluster, host: hostname(), started, ...(previous ? { previous } : {}) }
  const post = { environment, patience: usualKnock }
  const send = async (night: Begun | Ended, success: GoodBackup | undefined) => {
    for (const { to, trouble } of await tell(file.notify, night, success, post))
      if (trouble !== undefined) complain(`${to} could not be told: ${trouble}.`)
  }
  const remember = async (ended: LastBackup['ended'], success: GoodBackup | undefined) => {
    if (hangs) return // The record names the one that hangs; without it the next night would begin another beside it.
    const record = { clusterId: file.cluster.id, started, process: mark ? { pid, mark } : null, ended }
    await writeLast(path, { format: 'dcosctl-last-backup', version: 1, ...record, lastSuccess: success ?? null }).catch(
      error => lost(complain, error),
    )
  }

  let beginning: Promise<void> = Promise.resolve()
  const begin = () => {
    beginning = send(begun, lastSuccess)
  }
  const end = async (came: Watched): Promise<Watched> => {
    const { left, ending: thrown } = came
    const taken = left && !thrown ? await manifestOf(file, left.run) : undefined
    const newest: Newest = taken ? { good: taken, where: '' } : await newestGood(file)
    const aged = (ending: DcosctlError) => withAge(ending, watching, sayNewest(newest, lastSuccess, new Date()))
    const told: Watched = left
      ? { left, ending: came.ending && aged(came.ending) }
      : { left, ending: thrown instanceof DcosctlError && thrown.code !== 'SKIPPED' ? aged(thrown) : came.ending }
    const night = endedAs(begun, told.ending, 'good' in newest ? newest.good : undefined)
    const success = taken ?? lastSuccess
    await remember({ at: night.ended, exit: night.exit, code: night.code, what: night.what }, success)
    await beginning // who hears of the start hears of it first
    await send(night, success)
    return told
  }

  if (hangs) return end({ left: undefined, ending: hangs })
  await remember(null, lastSuccess)
  const uncaught = (error: unknown) => {
    process.off('uncaughtException', uncaught)
    const ending = translated(error instanceof Error ? error : new Error(String(error)))
    complain(endingText(ending, { colours: false }).trimEnd())
    void end({ left: undefined, ending }).finally(() => process.exit(exitCodes.BUG.exit))
  }
  process.on('uncaughtException', uncaught)
  try {
    const left = await work(begin)
    return await end({ left, ending: endingOf(left) })
  } catch (error) {
    return await end({ left: undefined, ending: translated(error instanceof Error ? error : new Error(String(error))) })
  } finally {
    process.off('uncaughtException', uncaught)
  }
}

const lost = (complain: Watching['complain'], error: unknown): undefined => {
  complain(`What became of this backup can't be remembered on this host: ${because(error)}.`)
  return undefined
}

/** Read back from the store; what can't be had is left out, since the run has said that it is there. */
async function manifestOf(file: ClusterFile, run: string): Promise<GoodBackup | undefined> {
  try {
    const seen = await withWorldOf(file, async world => readManifest(await world.store(), file.cluster.name, run))
    return 'manifest' in seen ? goodOf(seen.manifest) : undefined
  } catch {
    return undefined
  }
}

/** The same ending, with what somebody wants to know who reads of it in the morning, on another machine. */
function withAge(ending: DcosctlError, { configPath, file }: Watching, newest: string): DcosctlError {
  const { code, message, state, next } = ending
  const where = `This is ${hostname()}, cluster ${file.cluster.name}, cluster file ${configPath}.`
  const told = [state, newest, where].filter(part => part !== undefined).join('\n')
  return new DcosctlError(code, { what: message, state: told, next, cause: ending.cause })
}

function endedAs(begun: Begun, ending: Error | undefined, newest: GoodBackup | null | undefined): Ended {
  const over = { ...begun, ended: new Date().toISOString(), newest }
  if (!ending) {
    const what = newest
      ? `Backup ${newest.backup} of ${begun.cluster.name} is taken: ${newest.objects} objects, ${newest.bytes} bytes, ${newest.level}.`
      : `A backup of ${begun.cluster.name} is taken.`
    return { ...over, exit: 0, code: 'DONE', what, next: [] }
  }
  if (!(ending instanceof DcosctlError))
    return { ...over, exit: exitCodes.BUG.exit, code: 'BUG', what: `A fault of dcosctl: ${because(ending)}`, next: [] }
  const { code, exitCode: exit, message: what, state, next } = ending
  return { ...over, exit, code, what, ...(state === undefined ? {} : { state }), next }
}
