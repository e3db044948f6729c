// Installs a schedule: shown first, rehearsed, asked about, then written whole. Never over a file that dcosctl did not write.
import { existsSync } from 'node:fs'
import { DcosctlError } from '../../errors.ts'
import { type ScheduleFile, unitName } from '../../schedule/files.ts'
import { seeFile } from '../../schedule/own-file.ts'
import { confirm } from '../confirm.ts'
import type { Account } from './account.ts'
import { difference } from './difference.ts'
import { installedFor } from './installed.ts'
import type { MadeSchedule } from './make.ts'
import { putInPlace, switchOn, type Timer } from './put-in-place.ts'
import { rehearse } from './rehearse.ts'
import { runsSystemd, systemctl } from './systemctl.ts'

export interface Asking {
  readonly confirm: string | undefined
  /** To stderr: what is shown before it is asked about. */
  readonly show: (text: string) => void
}

/** @throws DcosctlError REFUSED; then what was there before is there still, or again */
export async function installSchedule(
  made: MadeSchedule,
  account: Account,
  asking: Asking,
): Promise<'installed' | 'was there'> {
  const { facts } = made.schedule
  await seeThatItCanRun(made)
  const timer: Timer | undefined =
    facts.system === 'systemd' ? { unit: `${unitName(facts.cluster)}.timer`, systemctl } : undefined
  const changes = await Promise.all(made.files.map(changeOf))
  if (changes.every(change => change === undefined)) {
    if (timer) await switchOn(timer)
    return 'was there'
  }
  for (const change of changes) if (change !== undefined) asking.show(`${change.trimEnd()}\n`)
  asking.show(`Rehearsing it as ${account.name}, with nothing in the environment but that …`)
  await rehearse(made.schedule, account)
  await confirm(facts.cluster, `Back up ${facts.cluster} at ${facts.cron}, as ${account.name}`, asking.confirm)
  await putInPlace(made.files, timer)
  return 'installed'
}

async function seeThatItCanRun({ schedule: { facts } }: MadeSchedule): Promise<void> {
  const refuse = (what: string, ...next: readonly string[]) =>
    new DcosctlError('REFUSED', { what, state: 'Nothing was changed.', next })
  if (process.getuid?.() !== 0)
    throw refuse(
      `Only root may schedule on this host; you are not.`,
      'see what would be written:  the same command with --plan',
      `then:  sudo ${facts.launcher} backup schedule --config ${facts.config} …`,
    )
  if (facts.system === 'cron' && !existsSync('/etc/cron.d'))
    throw refuse('There is no /etc/cron.d on this host.', 'install cron, or  --system systemd')
  if (facts.system === 'systemd' && !runsSystemd())
    throw refuse('This host was not booted by systemd.', '--system cron')
  const other = (await installedFor(facts.cluster)).find(({ system }) => system !== facts.system)
  if (other)
    throw refuse(
      `${facts.cluster} is scheduled by ${other.system} already: ${other.files.map(({ path }) => path).join(', ')}.`,
      'remove that first:  dcosctl backup schedule remove',
    )
}

/** How it is shown; undefined where the file stands as it would be written. @throws DcosctlError REFUSED for a file of somebody else */
async function changeOf({ path, text }: ScheduleFile): Promise<string | undefined> {
  const seen = await seeFile(path)
  switch (seen.is) {
    case 'absent':
      return `New: ${path}\n\n${text}`
    case 'foreign':
      throw new DcosctlError('REFUSED', {
        what: `${path} is there, and dcosctl did not write it.`,
        state: 'Nothing was changed.',
        next: ['look at it, and move it away if it is no longer wanted'],
      })
    case 'as-written':
      return seen.text === text ? undefined : `Changes ${path}:\n\n${difference(seen.text, text)}`
    case 'edited':
      return `Changes ${path}, which was edited by hand since dcosctl wrote it; the edits are lost:\n\n${difference(seen.text, text)}`
  }
}

export const planText = ({ files }: MadeSchedule): string =>
  files.map(({ path, text }) => `Would write ${path}, root, 0644:\n\n${text}`).join('\n')
