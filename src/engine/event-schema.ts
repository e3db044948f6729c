// The events as they stand in a journal: what is read back is checked against this before anything is believed.
import { z } from 'zod'
import type { RunEvent } from './events.ts'

const text = z.string()
const node = text
const part = text

const action = z.looseObject({ do: text })
const check = z.looseObject({ ask: text })
const patience = z.object({ within: z.number(), every: z.number(), steady: z.number() })

const step = z.object({ kind: z.literal('step'), id: part, title: text, action })
const gate = z.object({ kind: z.literal('gate'), id: part, title: text, check, patience })
const during = z.object({
  kind: z.literal('during'),
  id: part,
  title: text,
  open: step,
  parts: z.array(z.discriminatedUnion('kind', [step, gate])),
  close: step,
})
const rolling = z.object({
  kind: z.literal('rolling'),
  id: part,
  title: text,
  order: z.enum(['as-listed', 'by-rank']),
  atMost: z.number(),
  canaries: z.number(),
  soak: z.number(),
  budget: z.object({ failures: z.number() }),
  patience,
  lanes: z.array(z.object({ node, parts: z.array(z.discriminatedUnion('kind', [step, gate, during])) })),
})

const plan = z.object({
  format: z.literal(1),
  runbook: text,
  kind: z.enum(['changing', 'reading']),
  onFailure: z.enum(['pause', 'end']),
  cluster: z.object({ name: text, id: text }),
  title: text,
  notes: z.array(text),
  accepted: z.array(z.object({ what: text, by: text, reason: text })),
  stages: z.array(
    z.object({ id: text, title: text, parts: z.array(z.discriminatedUnion('kind', [step, gate, during, rolling])) }),
  ),
})

const by = z.object({ user: text, host: text, pid: z.number(), token: z.number() })
const verdict = z.object({ well: z.boolean(), saw: text, wanted: text, remedy: text.exactOptional() })
const stop = z.object({
  part,
  why: z.enum(['gate', 'step', 'in-doubt', 'budget', 'claim-lost', 'interrupted']),
  reason: text,
  remedy: text.exactOptional(),
})

/** Keeps the fields of actions and checks that it does not know, drops no event, and refuses one that lacks a field. */
export const runEvent: z.ZodType<RunEvent> = z.discriminatedUnion('event', [
  z.object({ event: z.literal('run-started'), run: text, plan, by }),
  z.object({ event: z.literal('run-resumed'), by }),
  z.object({ event: z.literal('step-started'), part }),
  z.object({ event: z.literal('step-finished'), part, found: z.enum(['absent', 'in-place']), evidence: text }),
  z.object({ event: z.literal('step-failed'), part, error: text }),
  z.object({ event: z.literal('brought-back'), part, evidence: text }),
  z.object({ event: z.literal('gate-unwell'), part, verdict }),
  z.object({ event: z.literal('gate-passed'), part, verdict }),
  z.object({ event: z.literal('lane-started'), rolling: part, node, because: text }),
  z.object({ event: z.literal('lane-finished'), rolling: part, node }),
  z.object({ event: z.literal('lane-stopped'), rolling: part, node, stop }),
  z.object({ event: z.literal('soaked'), rolling: part }),
  z.object({ event: z.literal('held'), node, by: text, reason: text }),
  z.object({ event: z.literal('released'), node, by: text }),
  z.object({ event: z.literal('overridden'), part, by: text, reason: text }),
  z.object({ event: z.literal('resolved'), part, as: z.enum(['done', 'not-done']), by: text, reason: text }),
  z.object({ event: z.literal('run-paused'), stop }),
  z.object({ event: z.literal('run-failed'), stop }),
  z.object({ event: z.literal('run-finished') }),
  z.object({ event: z.literal('run-abandoned'), by: text, reason: text }),
])
