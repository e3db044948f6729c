// One JSON object a line, for machines that watch a run.
import type { Renderer, Write } from './renderer.ts'

export const jsonl = (write: Write): Renderer => ({
  tell: event => write(`${JSON.stringify(event)}\n`),
  past: () => undefined,
  close: async () => undefined,
})
