// The one place where a value becomes a word of a shell command.

/**
 * A single-quoted POSIX shell word that expands to exactly `value`.
 * @throws RangeError for a NUL, which no shell word can hold.
 */
export function quote(value: string): string {
  if (value.includes('\0')) throw new RangeError('a shell word cannot hold a NUL character')
  return `'${value.replaceAll("'", `'\\''`)}'`
}
