// Prose in lines of so many columns. Pure.

/** What a change ticket, a mail and the narrowest terminal hold. */
export const textColumns = 80

/** Breaks at spaces; what follows the first line is indented. A word longer than the line stays whole. */
export function wrap(text: string, columns: number, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\S) /)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = indent + word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
