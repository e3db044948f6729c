// Reads a plan that was saved by `--out` (or journaled): whole, checked, and refused where its format is not known.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { because, DcosctlError } from '../errors.ts'
import type { DcosPlan } from '../plan/vocabulary.ts'

const names = z.array(z.string())
const script = z.strictObject({ url: z.string(), sha256: z.string(), from: z.string(), to: z.string() })
const role = z.enum(['master', 'agent'])
const kind = z.enum(['app', 'pod'])
const source = z.strictObject({
  ...{ store: z.string(), backup: z.string(), object: z.string(), sha256: z.string() },
  identity: z.string().nullable(),
})
const service = z.enum(['zookeeper', 'mesos-master'])

const count = z.int().min(0)
const rules = z.strictObject({
  keep: z.strictObject({ last: count, daily: count, weekly: count, monthly: count, yearly: count }),
  zone: z.string(),
})

const hexNumber = z.string().regex(/^0x[0-9a-f]{1,16}$/)
const subtree = {
  source,
  at: hexNumber.nullable(),
  path: z.string(),
  into: z.string(),
  how: z.enum(['merge', 'overwrite', 'mirror']),
  removesUpTo: hexNumber,
}

const replaced = z.enum(['zookeeper', 'replicated-log'])
const action = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('take-backup'),
    store: z.string(),
    encryption: z.union([z.literal('none'), names]),
    // Plans of before there was a choice say nothing of it.
    way: z.enum(['files', 'stopped', 'api']).default('files'),
    objects: z.array(
      z.strictObject({
        name: z.string(),
        what: z.enum([
          'zookeeper-files',
          'zookeeper-files-at-rest',
          'zookeeper-files-stopped',
          'zookeeper-znodes',
          'replicated-logs',
          'replicated-logs-stopped',
          'mesos-registry',
          'mesos-state',
          'mesos-flags',
          'mesos-roles',
          'mesos-quota',
          'mesos-weights',
          'mesos-maintenance-schedule',
          'mesos-maintenance-status',
          'overlay-state',
          'marathon-groups',
          'marathon-info',
          'metronome-jobs',
          'iam-database',
          'etcd',
          'node-files',
          'bootstrap-genconf',
        ]),
        from: z.string(),
        orElse: names.exactOptional(),
      }),
    ),
    absent: z.array(z.strictObject({ what: z.string(), why: z.string() })).default([]),
  }),
  z.strictObject({ do: z.literal('copy-stopped'), node: z.string(), service }),
  z.strictObject({ do: z.literal('start-again'), node: z.string(), service }),
  z.strictObject({ do: z.literal('restore-subtree'), ...subtree }),
  z.strictObject({ do: z.literal('upgrade-node'), node: z.string(), role, script }),
  z.strictObject({
    ...{ do: z.literal('put-app'), kind, id: z.string(), source },
    ...{ was: z.string().nullable(), within: z.number() },
  }),
  z.strictObject({ do: z.literal('remove-app'), kind, id: z.string(), was: z.string(), within: z.number() }),
  z.strictObject({ do: z.literal('put-job'), id: z.string(), source, was: names }),
  z.strictObject({ do: z.literal('remove-job'), id: z.string(), was: names }),
  z.strictObject({
    ...{ do: z.literal('remove-backup'), store: z.string(), backup: z.string(), rules, because: z.string() },
  }),
  z.strictObject({ do: z.literal('remove-leftover'), store: z.string(), backup: z.string(), olderThan: z.number() }),
  z.strictObject({ do: z.literal('discard-uploads'), store: z.string(), keys: names, olderThan: z.number() }),
  z.strictObject({
    do: z.literal('lay-zookeeper-image'),
    masters: names,
    source,
    at: hexNumber,
    fuzzEnd: hexNumber.nullable(),
    marks: z.enum(['none', 'containers', 'containers-and-ttl']),
    room: z.int().min(0),
  }),
  z.strictObject({ do: z.literal('lay-log-image'), masters: names, source: source.nullable(), room: z.int().min(0) }),
  z.strictObject({ do: z.literal('stop-for-swap'), what: replaced, masters: names, backAfter: z.int().min(2) }),
  z.strictObject({ do: z.literal('swap-data'), what: replaced, masters: names, backAfter: z.int().min(2) }),
  z.strictObject({ do: z.literal('start-after-swap'), what: replaced, masters: names }),
])

const baseline = z.strictObject({
  frameworkId: z.string().nullable(),
  agents: z.array(z.strictObject({ node: z.string(), address: z.string(), id: z.string() })),
  apps: z.array(z.strictObject({ id: z.string(), instances: z.number(), running: z.number(), unhealthy: z.number() })),
})

const check = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('all-serving'), masters: names }),
  z.strictObject({ ask: z.literal('one-mesos-leader'), masters: names }),
  z.strictObject({ ask: z.literal('registrar-recovered'), masters: names }),
  z.strictObject({ ask: z.literal('zookeeper-quorum'), masters: names }),
  z.strictObject({ ask: z.literal('zookeeper-at-rest'), masters: names }),
  z.strictObject({ ask: z.literal('no-deployments') }),
  z.strictObject({ ask: z.literal('apps-settled'), apps: names, pods: names }),
  z.strictObject({ ask: z.literal('agents-registered'), wanted: z.union([names, z.literal('all-known')]) }),
  z.strictObject({ ask: z.literal('one-version'), nodes: names, version: z.string().exactOptional() }),
  z.strictObject({ ask: z.literal('others-are-well'), node: z.string(), others: names }),
  z.strictObject({ ask: z.literal('node-is-well'), node: z.string(), role, version: z.string() }),
  z.strictObject({ ask: z.literal('agent-registered'), node: z.string(), id: z.string() }),
  z.strictObject({ ask: z.literal('script-reachable'), nodes: names, script }),
  z.strictObject({ ask: z.literal('store-writable'), store: z.string() }),
  z.strictObject({ ask: z.literal('backup-fresh'), atMost: z.number() }),
  z.strictObject({ ask: z.literal('subtree-as-backup'), ...subtree }),
  z.strictObject({ ask: z.literal('as-before'), baseline }),
  z.strictObject({
    ask: z.literal('restored-data-serves'),
    what: replaced,
    masters: names,
    image: z.string(),
    sample: z.array(z.strictObject({ path: z.string(), czxid: hexNumber })),
  }),
  z.strictObject({
    ask: z.literal('ready-for-swap'),
    what: replaced,
    masters: names,
    version: z.string(),
    room: z.int().min(0),
  }),
  z.strictObject({ ask: z.literal('marathon-answers') }),
])

const patience = z.strictObject({ within: z.number(), every: z.number(), steady: z.number() })
const step = z.strictObject({ kind: z.literal('step'), id: z.string(), title: z.string(), action })
const gate = z.strictObject({ kind: z.literal('gate'), id: z.string(), title: z.string(), check, patience })
const during = z.strictObject({
  kind: z.literal('during'),
  id: z.string(),
  title: z.string(),
  open: step,
  parts: z.array(z.discriminatedUnion('kind', [step, gate])),
  close: step,
})
const rolling = z
  .strictObject({
    kind: z.literal('rolling'),
    id: z.string(),
    title: z.string(),
    order: z.enum(['as-listed', 'by-rank']),
    atMost: z.int().min(1),
    canaries: z.int().min(0),
    soak: z.number().min(0),
    budget: z.strictObject({ failures: z.int().min(0) }),
    patience,
    lanes: z.array(
      z.strictObject({ node: z.string(), parts: z.array(z.discriminatedUnion('kind', [step, gate, during])) }),
    ),
  })
  .refine(({ order, atMost }) => order !== 'by-rank' || atMost === 1, 'nodes by rank go one at a time, atMost is 1')

const plan: z.ZodType<DcosPlan> = z.strictObject({
  format: z.literal(1),
  runbook: z.string(),
  kind: z.enum(['changing', 'reading']),
  onFailure: z.enum(['pause', 'end']),
  cluster: z.strictObject({ name: z.string(), id: z.string() }),
  title: z.string(),
  notes: names,
  accepted: z.array(z.strictObject({ what: z.string(), by: z.string(), reason: z.string() })),
  stages: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      parts: z.array(z.discriminatedUnion('kind', [step, gate, during, rolling])),
    }),
  ),
})

/** @throws Error saying where it differs from a plan of this version. */
export function parsePlan(json: unknown): DcosPlan {
  const parsed = plan.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Error(
    `it is not a plan of this version of dcosctl: ${issue?.path.join('.') || 'its top level'}: ${issue?.message}`,
  )
}

/** @throws DcosctlError USAGE where there is no such file or it is not a plan. */
export async function readPlanFile(path: string): Promise<DcosPlan> {
  try {
    return parsePlan(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new DcosctlError('USAGE', {
      what: missing ? `There is no plan file ${path}.` : `${path} can't be read as a plan: ${because(error)}.`,
      state: 'Nothing was touched.',
      next: missing
        ? [
            'did you mean to see the plan?  dcosctl upgrade --plan',
            `to save one:  dcosctl upgrade --plan --out ${path}`,
          ]
        : ['make it anew:  dcosctl upgrade --plan --out plan.json'],
    })
  }
}
