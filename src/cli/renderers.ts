// Picks the renderer: what was asked for, else tty on a terminal and plain elsewhere.
import { jsonl } from '../output/jsonl.ts'
import { plain } from '../output/plain.ts'
import type { Renderer } from '../output/renderer.ts'
import { writeTo } from '../output/write-to.ts'
import type { ProgressKind } from './run-flags.ts'

const silent: Renderer = { tell: () => undefined, past: () => undefined, close: async () => undefined }

export async function rendererFor(asked: ProgressKind | undefined, quiet: boolean): Promise<Renderer> {
  if (quiet) return silent
  const write = writeTo(process.stderr)
  switch (asked ?? (process.stderr.isTTY && process.env.TERM !== 'dumb' ? 'tty' : 'plain')) {
    case 'jsonl':
      return jsonl(write)
    case 'plain':
      return plain(write)
    case 'tty': {
      const { tty } = await import('../output/tty.ts')
      return tty(process.stderr)
    }
  }
}
