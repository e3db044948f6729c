// Tables that fit 80 columns; the last column takes what is left and wraps.
import Table from 'cli-table3'
import { textColumns } from '../plan/wrap.ts'

/** `fixed`: the widths of all columns but the last. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  fixed: readonly number[],
  colours: boolean,
): string {
  const rest = textColumns - fixed.reduce((sum, each) => sum + each + 1, 0) - 1
  const made = new Table({
    head: [...head],
    colWidths: [...fixed, rest],
    wordWrap: true,
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: ' ',
    },
    style: { head: colours ? ['bold'] : [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) made.push([...row])
  return made
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}
