// One copy of a replicated log that may be put under every master of a group: nothing missing, and nothing in it that may not have been chosen.
import { type LogName, logVariable } from './archive.ts'
import { type Files, readLevelDb } from './leveldb/directory.ts'
import { levelDbDirectory } from './leveldb/write-directory.ts'
import { readRecord } from './records.ts'
import { type Replica, readReplica } from './replica.ts'

export interface GroupImage {
  readonly files: Files
  readonly replica: Replica
  /** Positions at its end that were dropped: what a standby has accepted and does not know to be chosen. */
  readonly dropped: readonly number[]
}

/**
 * The copy as it is; or, where its end is not known to be chosen, without that end: every master of the group gets the same log, so that what is dropped
 * was never promised to anybody that will be there.
 * @throws Error saying why no group may be started from it
 */
export function groupImage(log: LogName, files: Files): GroupImage {
  const replica = readReplica(files)
  const refuse = (why: string) => new Error(`the copy of ${log} can't be put under a group of masters: ${why}`)
  if (replica.status !== 'VOTING') throw refuse(`its replica is ${replica.status}, not VOTING`)
  if (replica.holes.length > 0) throw refuse(`it lacks ${replica.holes.length} positions, from ${replica.holes[0]} on`)
  if (replica.unlearned.length === 0) return judged({ files, replica, dropped: [] })
  const from = Math.min(...replica.unlearned)
  if (replica.end - from + 1 !== replica.unlearned.length)
    throw refuse(`position ${from} is not known to be chosen, and later ones are`)
  const { values } = readLevelDb(files)
  const kept = [...values].flatMap(([key, live]): (readonly [string, Uint8Array])[] => {
    const record = readRecord(key, live)
    return record.kind === 'action' && record.position >= from ? [] : [[key, live.value]]
  })
  const shortened = levelDbDirectory(new Map(kept))
  return judged({ files: shortened, replica: readReplica(shortened), dropped: replica.unlearned })

  function judged(image: GroupImage): GroupImage {
    if (image.replica.variables.has(logVariable(log))) return image
    throw refuse(`it holds no ${logVariable(log)}`)
  }
}
