// The lines of `inspect zookeeper --log`: one per change, for people or as JSON.
import { oneLine } from '../../output/one-line.ts'
import type { LoggedChange, LogStep } from '../../zookeeper/files/changes.ts'
import { hex, type Note } from '../../zookeeper/files/damage.ts'
import { renderPath } from '../../zookeeper/files/print-tree.ts'
import { keyOf } from './subtree.ts'
import { sayNote } from './zookeeper-text.ts'

export interface ChangesWanted {
  /** Only what was done to this znode. */
  readonly path: string | undefined
  readonly json: boolean
  /** Hears of every place where transactions are missing. */
  readonly onTrouble: (note: Note) => void
}

export async function* changeLines(steps: AsyncIterable<LogStep>, wanted: ChangesWanted): AsyncGenerator<string> {
  const key = wanted.path === undefined ? undefined : keyOf(wanted.path)
  for await (const step of steps) {
    if (step.kind === 'trouble') {
      wanted.onTrouble(step.note)
      yield wanted.json
        ? JSON.stringify({ missing: step.note })
        : `-- transactions are missing here: ${sayNote(step.note)}`
    } else if (key === undefined || step.change.path === key) {
      yield wanted.json ? asJson(step.change) : asText(step.change)
    }
  }
}

function asJson({ zxid, time, session, path, ...rest }: LoggedChange): string {
  const named = path === undefined ? {} : { path: renderPath(path) }
  return JSON.stringify({ zxid: hex(zxid), time, session: hex(session), ...rest, ...named })
}

function asText({ zxid, time, session, op, path, version, bytes, ephemeral, sessionEnded }: LoggedChange): string {
  const said = [
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(bytes === undefined ? [] : [`${bytes} B`]),
    ...(sessionEnded ? ['ephemeral, its session ended'] : ephemeral ? ['ephemeral'] : []),
  ]
  return [
    hex(zxid).padEnd(13),
    new Date(time).toISOString(),
    hex(session).padEnd(18),
    op.padEnd(13),
    path === undefined ? '' : oneLine(renderPath(path)),
    said.length === 0 ? '' : `(${said.join(', ')})`,
  ]
    .join(' ')
    .trimEnd()
}
