// Decodes the tar stream of a hot copy: the proof that what was copied is a backup.
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { type Extract, extract } from 'tar-stream'
import { LogDamage } from './damage.ts'
import { concerns, describeReplica, type ReplicaDescription } from './description.ts'
import { EndMark } from './end-mark.ts'
import type { Files } from './leveldb/directory.ts'
import { overlayVariable } from './overlay.ts'
import { registryVariable } from './registry.ts'
import { type Replica, readReplica } from './replica.ts'

/** The variable that each log of a DC/OS master is there for. */
const variables = { replicated_log: registryVariable, overlay_replicated_log: overlayVariable } as const

export type LogName = keyof typeof variables

export const logVariable = (log: LogName): string => variables[log]

/** Decoding holds the logs in memory. Their directories are tens of megabytes at most; far beyond that something is wrong. */
const largestArchive = 512 * 1024 * 1024

export type LogVerdict =
  | {
      readonly log: LogName
      readonly sound: true
      readonly replica: Replica
      readonly description: ReplicaDescription
      /** Why it should not be restored from, though it is sound; see `concerns`. */
      readonly concerns: readonly string[]
    }
  | {
      readonly log: LogName
      readonly sound: false
      /** The file of the log's directory, and the byte in it where known. */
      readonly file: string
      readonly offset: number | undefined
      readonly problem: string
    }

/**
 * Reads an uncompressed tar stream with `./replicated_log/…` and/or `./overlay_replicated_log/…` and decodes each log fully: every
 * checksum, every record, the registry and the overlay state with their required fields. At least one log, or it throws.
 *
 * @throws LogDamage (its offset counts in the stream) when the archive itself is cut off, holds anything else, or more than `limit` bytes;
 *   and whatever the stream itself fails with
 */
export async function decodeArchive(stream: Readable, limit: number = largestArchive): Promise<LogVerdict[]> {
  const logs = await readArchive(stream, limit)
  return [...logs].map(([log, files]) => judge(log, files))
}

/** Decodes one directory of a master, e.g. for `inspect`. */
export function judge(log: LogName, files: Files): LogVerdict {
  try {
    const replica = readReplica(files)
    return {
      log,
      sound: true,
      replica,
      description: describeReplica(replica),
      concerns: concerns(replica, variables[log]),
    }
  } catch (error) {
    if (!(error instanceof LogDamage)) throw error
    return { log, sound: false, file: error.file, offset: error.offset, problem: error.problem }
  }
}

/** The files of each log in the archive, whole. @throws as `decodeArchive` */
export async function readArchive(
  stream: Readable,
  limit: number = largestArchive,
): Promise<Map<LogName, Map<string, Uint8Array>>> {
  let broken: { readonly cause: unknown } | undefined
  stream.once('error', cause => {
    broken = { cause }
  })
  const passed = new EndMark()
  const archive = extract()
  const [fed, read] = await Promise.allSettled([pipeline(stream, passed, archive), readEntries(archive, limit)])

  if (broken) throw broken.cause
  const cutOff = (problem: string) => new LogDamage({ file: 'tar stream', offset: passed.bytes }, problem)
  if (read.status === 'rejected') {
    throw read.reason instanceof LogDamage ? read.reason : cutOff(`is not a whole archive: ${text(read.reason)}`)
  }
  if (fed.status === 'rejected') throw cutOff(`is not a whole archive: ${text(fed.reason)}`)
  if (!passed.reached) throw cutOff('ends without the end mark of an archive: it was cut off')
  if (read.value.size === 0) throw cutOff('holds no replicated log')
  return read.value
}

async function readEntries(archive: Extract, limit: number): Promise<Map<LogName, Map<string, Uint8Array>>> {
  const logs = new Map<LogName, Map<string, Uint8Array>>()
  let total = 0
  for await (const entry of archive) {
    const { name: path, type, size = 0 } = entry.header
    const [, folder = '', file = ''] = /^(?:\.\/)?([^/]+)\/?([^/]*)$/.exec(path) ?? []
    const plain = type === 'file' && file !== ''
    if (!isLog(folder) || (!plain && !(type === 'directory' && file === ''))) {
      throw new LogDamage({ file: path }, `does not belong into an archive of replicated logs (${type})`)
    }
    total += size
    if (total > limit)
      throw new LogDamage({ file: path }, `takes the archive beyond ${limit} bytes, the most that is decoded`)
    const files = logs.get(folder) ?? new Map<string, Uint8Array>()
    logs.set(folder, files)
    if (files.has(file)) throw new LogDamage({ file: path }, 'is twice in the archive')
    const content = await buffer(entry)
    if (plain) files.set(file, content)
  }
  return logs
}

function isLog(name: string): name is LogName {
  return Object.hasOwn(variables, name)
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
