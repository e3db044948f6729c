// What is installed for a cluster: the files at their places, each as it was written, edited by hand, or somebody else's.
import { cronPath, servicePath, timerPath } from '../../schedule/files.ts'
import { type ScheduleFacts, type SeenFile, seeFile } from '../../schedule/own-file.ts'

type System = ScheduleFacts['system']

export interface Installed {
  readonly system: System
  /** All of the system's files, those included that are not there. */
  readonly files: readonly { readonly path: string; readonly seen: SeenFile }[]
}

/** One for each system of which at least one file is there. */
export async function installedFor(cluster: string): Promise<readonly Installed[]> {
  const places = [
    ['cron', [cronPath(cluster)]],
    ['systemd', [servicePath(cluster), timerPath(cluster)]],
  ] as const
  const found = await Promise.all(
    places.map(async ([system, paths]) => ({
      system,
      files: await Promise.all(paths.map(async path => ({ path, seen: await seeFile(path) }))),
    })),
  )
  return found.filter(({ files }) => files.some(({ seen }) => seen.is !== 'absent'))
}

export const factsOf = ({ files }: Installed): ScheduleFacts | undefined =>
  files.flatMap(({ seen }) => ('facts' in seen && seen.facts ? [seen.facts] : [])).at(0)
