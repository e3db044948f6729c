// Finds the replicated logs in a folder or archive, and holds their files in memory: they are tens of megabytes at most.
import { basename, resolve } from 'node:path'
import { DcosctlError } from '../../errors.ts'
import { judge, type LogName, type LogVerdict } from '../../mesos/replicated-log/archive.ts'
import { LogDamage } from '../../mesos/replicated-log/damage.ts'
import { overlayVariable } from '../../mesos/replicated-log/overlay.ts'
import { readReplica } from '../../mesos/replicated-log/replica.ts'
import type { DataFiles } from '../../zookeeper/files/inspect.ts'
import { openForInspection } from './open.ts'

const logNames = ['replicated_log', 'overlay_replicated_log'] as const satisfies readonly LogName[]

/** Far beyond what any master has; more is something else. */
const mostBytes = 512 * 1024 * 1024

type Files = ReadonlyMap<string, Uint8Array>

/**
 * What is in each log there, the registry's first; only `chosen` where one is. At least one.
 * @throws DcosctlError USAGE where `path` is nothing that can be inspected; UNWELL where there is no such log in it
 * @throws BrokenArchive
 */
export async function judgeLogs(path: string, chosen: LogName | undefined): Promise<readonly LogVerdict[]> {
  const files = await openForInspection(path)
  const folders = [...new Set(files.names.filter(isOfLevelDb).map(folderOf))]
  const logs = new Map<LogName, Files>()
  for (const folder of folders) {
    const content = await filesIn(files, folder, path)
    const log = nameOf(basename(folder === '' ? resolve(path) : folder), content)
    if (chosen !== undefined && log !== chosen) continue
    if (logs.has(log))
      throw unwell(`There are several logs of the kind ${log} in ${path}.`, 'name the folder of one master')
    logs.set(log, content)
  }
  const verdicts = logNames.flatMap(log => {
    const content = logs.get(log)
    return content ? [judge(log, content)] : []
  })
  if (verdicts.length > 0) return verdicts
  throw unwell(
    `There is no ${chosen ?? 'replicated log'} in ${path}: ${folders.length === 0 ? 'no folder with a CURRENT or a MANIFEST' : 'only the other one'}.`,
    'on a master they are /var/lib/dcos/mesos/master/replicated_log and overlay_replicated_log',
  )
}

const unwell = (what: string, next: string) =>
  new DcosctlError('UNWELL', { what, state: 'Nothing was changed.', next: [next] })

/** A folder that lacks one of these is a damaged log, not no log. */
const isOfLevelDb = (name: string): boolean => /(^|\/)(CURRENT|MANIFEST-\d+)$/.test(name)

const folderOf = (name: string): string => name.slice(0, Math.max(name.lastIndexOf('/'), 0))

async function filesIn(files: DataFiles, folder: string, path: string): Promise<Files> {
  const content = new Map<string, Uint8Array>()
  let total = 0
  for (const name of files.names.filter(each => folderOf(each) === folder)) {
    const pieces: Uint8Array[] = []
    for await (const piece of files.open(name)) {
      total += piece.length
      if (total > mostBytes)
        throw unwell(`${path} has more than ${mostBytes} bytes in one log.`, 'name the folder of one log')
      pieces.push(Buffer.from(piece)) // the next one may be written over it
    }
    content.set(name.slice(name.lastIndexOf('/') + 1), Buffer.concat(pieces))
  }
  return content
}

/** A folder may have been renamed: then what is in it decides. */
function nameOf(folder: string, content: Files): LogName {
  const named = logNames.find(name => name === folder)
  if (named) return named
  try {
    return readReplica(content).variables.has(overlayVariable) ? 'overlay_replicated_log' : 'replicated_log'
  } catch (error) {
    if (error instanceof LogDamage) return 'replicated_log' // `judge` says what is wrong with it
    throw error
  }
}
