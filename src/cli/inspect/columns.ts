// Columns as wide as what is in them; the last one, a path or a name, is never cut. Pure.

/** `right`: how many columns, from the first on, are numbers and end at the same place. */
export function columns(rows: readonly (readonly string[])[], right: number): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  return rows.map(row =>
    row
      .map((cell, at) => {
        if (at < right) return cell.padStart(widths[at] ?? 0)
        return at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)
      })
      .join('  '),
  )
}
