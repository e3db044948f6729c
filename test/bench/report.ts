// What a bench says: lines of JSON on stdout, which run.ts gathers. Figures of one run of one machine; a target is a ratio or a limit held against them.
import { z } from 'zod'

const figureLine = z.object({ bench: z.string(), case: z.string(), value: z.number(), unit: z.string() })
const targetLine = z.object({
  bench: z.string(),
  target: z.string(),
  /** What was reached; `wanted` says in words what should be. */
  ratio: z.number(),
  wanted: z.string(),
  met: z.boolean(),
  why: z.string().optional(),
})
const skipped = z.object({ bench: z.string(), skipped: z.string() })

export const line = z.union([targetLine, figureLine, skipped])
export type Line = z.output<typeof line>

export const say = (said: Line): void => void process.stdout.write(`${JSON.stringify(said)}\n`)

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))

export const figure = (bench: string, name: string, value: number, unit: string): void =>
  say({ bench, case: name, value: rounded(value), unit })

/** How many times as much as another one, or as a number. */
export const target = (bench: string, name: string, ratio: number, wanted: number): void =>
  say({ bench, target: name, ratio: rounded(ratio), wanted: `≥ ${wanted}`, met: ratio >= wanted })
