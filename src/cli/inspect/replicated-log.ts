// `inspect replicated-log`: the page or the JSON, and why it ends with 3.
import { because, DcosctlError } from '../../errors.ts'
import type { LogName, LogVerdict } from '../../mesos/replicated-log/archive.ts'
import { BrokenArchive } from './open.ts'
import { logPage, sayDamage } from './replicated-log-text.ts'
import { judgeLogs } from './replicated-logs.ts'

interface Inspected {
  readonly text: string
  /** Of the log that was chosen, else of the registry's where there are both. */
  readonly json: object
  /** Why the exit code is not 0. */
  readonly ending: DcosctlError | undefined
}

/** @throws DcosctlError USAGE where `path` is nothing that can be inspected; UNWELL where no log in it can be read */
export async function inspectReplicatedLog(
  path: string,
  chosen: LogName | undefined,
  json: boolean,
): Promise<Inspected> {
  const found = await judged(path, chosen)
  const verdicts = json ? found.slice(0, 1) : found
  const [first] = verdicts
  const ending = endingOf(path, verdicts)
  if (json && ending && !first?.sound) throw ending
  return { text: logPage(verdicts), json: first?.sound ? first.description : {}, ending }
}

async function judged(path: string, chosen: LogName | undefined): Promise<readonly LogVerdict[]> {
  try {
    return await judgeLogs(path, chosen)
  } catch (error) {
    if (!(error instanceof BrokenArchive)) throw error
    throw new DcosctlError('UNWELL', {
      what: `Nothing in ${path} may be trusted: ${because(error)}.`,
      state: 'Nothing was changed.',
      cause: error,
    })
  }
}

function endingOf(path: string, verdicts: readonly LogVerdict[]): DcosctlError | undefined {
  const damaged = verdicts.filter(verdict => !verdict.sound)
  const state = 'Nothing was changed.'
  const next = ['look at the log of another master, or at an older backup']
  if (damaged.length > 0) {
    const what = damaged.map(verdict => `Nothing in ${verdict.log} of ${path} may be trusted: ${sayDamage(verdict)}.`)
    return new DcosctlError('UNWELL', { what: what.join(' '), state, next })
  }
  const concerns = verdicts.flatMap(verdict =>
    verdict.sound ? verdict.concerns.map(each => `${verdict.log}: ${each}`) : [],
  )
  if (concerns.length === 0) return undefined
  return new DcosctlError('UNWELL', {
    what: `${path} is whole, but nothing to restore a cluster from: ${concerns.join('; ')}.`,
    state,
    next,
  })
}
