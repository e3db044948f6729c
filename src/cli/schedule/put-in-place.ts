// Writes the files of a schedule and switches it on. Where that fails, what was there before is put back: an older schedule may have worked.
import { rm } from 'node:fs/promises'
import { because, DcosctlError } from '../../errors.ts'
import type { ScheduleFile } from '../../schedule/files.ts'
import { seeFile } from '../../schedule/own-file.ts'
import { writeWhole } from '../../whole-file.ts'
import { translated } from '../translate.ts'

/** A schedule of systemd, which has to be told; cron looks by itself. */
export interface Timer {
  readonly unit: string
  systemctl(...args: readonly string[]): Promise<void>
}

export async function switchOn({ unit, systemctl }: Timer): Promise<void> {
  await systemctl('daemon-reload')
  await systemctl('enable', '--now', unit)
}

/** @throws DcosctlError whose `state` says what stands there now: what was there before, or nothing */
export async function putInPlace(files: readonly ScheduleFile[], timer: Timer | undefined): Promise<void> {
  const before = await Promise.all(files.map(async ({ path }) => ({ path, text: await textOf(path) })))
  try {
    for (const { path, text } of files) await writeWhole(path, text, 0o644)
    if (timer) await switchOn(timer)
  } catch (error) {
    throw withState(error, await putBack(before, timer))
  }
}

interface Before {
  readonly path: string
  /** Undefined where there was none. */
  readonly text: string | undefined
}

async function textOf(path: string): Promise<string | undefined> {
  const seen = await seeFile(path)
  return seen.is === 'absent' ? undefined : seen.text
}

interface Stands {
  readonly state: string
  readonly next: readonly string[]
}

/** Never throws: what could not be put back, or told, is part of the state. */
async function putBack(before: readonly Before[], timer: Timer | undefined): Promise<Stands> {
  const isNew = before.every(({ text }) => text === undefined)
  // Its links must go while its file is there; whether there are any depends on where switching on failed.
  if (isNew) await timer?.systemctl('disable', '--now', timer.unit).catch(() => undefined)
  const troubles = (await Promise.all(before.map(fileBack))).flatMap(trouble => trouble ?? [])
  if (troubles.length > 0)
    return {
      state: `What was there before could not be put back: ${troubles.join('; ')}.`,
      next: ['mend that, then:  dcosctl backup schedule'],
    }
  if (isNew) {
    await timer?.systemctl('daemon-reload').catch(() => undefined) // the first error says what is wrong
    return { state: 'Nothing is scheduled: what was written was removed again.', next: [] }
  }
  if (!timer) return { state: 'The schedule that was there before is there again.', next: [] }
  try {
    await switchOn(timer)
    return { state: 'The schedule that was there before is there again, and switched on.', next: [] }
  } catch (error) {
    return {
      state: `The files that were there before are there again, but systemd could not be told: ${because(error)}`,
      next: [`tell it:  systemctl daemon-reload && systemctl enable --now ${timer.unit}`],
    }
  }
}

/** Why it could not be. */
async function fileBack({ path, text }: Before): Promise<string | undefined> {
  try {
    await (text === undefined ? rm(path, { force: true }) : writeWhole(path, text, 0o644))
    return undefined
  } catch (error) {
    return `${path}: ${because(error)}`
  }
}

function withState(thrown: unknown, { state, next }: Stands): Error {
  const error = translated(thrown instanceof Error ? thrown : new Error(String(thrown)))
  if (!(error instanceof DcosctlError)) return error
  const { code, message: what, next: first } = error
  return new DcosctlError(code, { what, state, next: [...first, ...next], cause: error })
}
