// Takes a schedule away: the files that dcosctl wrote, and no others. A second time there is nothing to do.
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DcosctlError } from '../../errors.ts'
import { unitName } from '../../schedule/files.ts'
import { syncFolder } from '../../whole-file.ts'
import { confirm } from '../confirm.ts'
import type { Asking } from './install.ts'
import { type Installed, installedFor } from './installed.ts'
import { runsSystemd, systemctl } from './systemctl.ts'

/** The paths that were removed. @throws DcosctlError REFUSED for files of somebody else, and without root */
export async function removeSchedule(cluster: string, asking: Asking): Promise<readonly string[]> {
  const installed = await installedFor(cluster)
  const all = installed.flatMap(({ files }) => files)
  const foreign = all.filter(({ seen }) => seen.is === 'foreign').map(({ path }) => path)
  if (foreign.length > 0)
    throw refused(
      `${foreign.join(', ')} is there, and dcosctl did not write it.`,
      'remove it yourself if it is no longer wanted',
    )
  if (all.length === 0) return []
  if (process.getuid?.() !== 0) throw refused('Only root may remove it.', 'the same command with sudo')
  for (const { path, seen } of all) {
    if (seen.is !== 'edited') continue
    asking.show(`${path} was edited by hand since dcosctl wrote it:\n\n${seen.text}`)
    await confirm(cluster, `Remove ${path} with its edits`, asking.confirm)
  }
  const removed: string[] = []
  for (const each of installed) removed.push(...(await removeOne(cluster, each)))
  return removed
}

async function removeOne(cluster: string, { system, files }: Installed): Promise<readonly string[]> {
  const paths = files.filter(({ seen }) => seen.is !== 'absent').map(({ path }) => path)
  const timer = paths.find(path => path.endsWith('.timer'))
  if (timer && runsSystemd()) await systemctl('disable', '--now', `${unitName(cluster)}.timer`)
  // The timer goes before its service, so that none is left that starts nothing.
  for (const path of paths.toReversed()) {
    await rm(path, { force: true })
    await syncFolder(dirname(path))
  }
  if (system === 'systemd' && runsSystemd()) await systemctl('daemon-reload')
  return paths
}

const refused = (what: string, next: string) =>
  new DcosctlError('REFUSED', { what, state: 'Nothing was changed.', next: [next] })
