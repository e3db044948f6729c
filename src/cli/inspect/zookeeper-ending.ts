// Why `inspect zookeeper` ends with 3: what is lost, what still may be trusted, and what to try. Pure.
import { DcosctlError } from '../../errors.ts'
import { hex, type Note } from '../../zookeeper/files/damage.ts'
import type { Proven, Unproven } from '../../zookeeper/files/inspect.ts'
import { sayNote } from './zookeeper-text.ts'

/** The first one is where it began; the page has them all. */
const firstNote = (notes: readonly Note[]): string => {
  const [first, ...more] = notes
  return first ? ` ${sayNote(first)}${more.length > 0 ? ` (and ${more.length} more)` : ''}.` : ''
}

/** Undefined where the state is exact, and the one that was asked for. */
export function endingOf(
  path: string,
  inspection: Proven | Unproven,
  asked: bigint | undefined,
): DcosctlError | undefined {
  const { claim, notes } = inspection
  const another = 'look at another member of the ensemble, or at an older backup'
  if (claim === 'exact') return undefined
  if (claim === 'none') {
    const fuzz = notes.some(({ expected }) => expected.includes('--fuzz-end'))
    return new DcosctlError('UNWELL', {
      what: `Nothing in ${path} may be trusted: ${inspection.reason}.${firstNote(notes)}`,
      state: 'No znode was printed; nothing was changed.',
      next: [
        ...(fuzz
          ? [
              `if you know what srvr said once the snapshot was written:  dcosctl inspect zookeeper ${path} --fuzz-end ZXID`,
            ]
          : []),
        another,
      ],
    })
  }
  const reached = hex(inspection.zxid)
  const what =
    asked !== undefined && inspection.zxid < asked
      ? `${path} reaches only to ${reached}, not to ${hex(asked)}.${firstNote(notes)}`
      : `${path} is whole only up to ${reached}.${firstNote(notes)}`
  return new DcosctlError('UNWELL', {
    what,
    state: `What was printed is the state at ${reached}; transactions behind it are lost in these files. Nothing was changed.`,
    next: [another],
  })
}

/** Why `--log` is not all that happened; undefined where it is. */
export function gapsEnding(path: string, gaps: readonly Note[]): DcosctlError | undefined {
  if (gaps.length === 0) return undefined
  return new DcosctlError('UNWELL', {
    what: `Transactions are missing from the logs in ${path}.${firstNote(gaps)}`,
    state: 'What was printed is all that is in them. Nothing was changed.',
    next: ['look at the logs of another member of the ensemble'],
  })
}

export function noSuchZnode(path: string, znode: string, { zxid }: { readonly zxid: bigint }): DcosctlError {
  return new DcosctlError('UNWELL', {
    what: `There is no ${znode} in ${path} at ${hex(zxid)}.`,
    state: 'Nothing was changed.',
    next: [`see whether it was deleted, when and by whom:  dcosctl inspect zookeeper ${path} --log --path ${znode}`],
  })
}
