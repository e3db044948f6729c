// The cluster file, `dcosctl.yaml`: what may stand in it, with defaults. One schema; types, findings and the editors' JSON schema derive from it.
import { z } from 'zod'
import { parseCron } from '../schedule/cron-expression.ts'
import { parseDuration } from './duration.ts'

const isDuration = (text: string): boolean => parseDuration(text) !== undefined
const noDuration = 'is not a duration such as 90s, 10m or 1h30m'

const duration = (byDefault: string) =>
  z.string().describe('a duration such as 90s, 10m or 1h30m').refine(isDuration, noDuration).default(byDefault)

const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'is not a name: letters, digits, dots and dashes')
const port = z.int().min(1).max(65535)

/** Where a secret is read from; never the secret itself. */
const secret = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ command: z.string().min(1) }),
])

/** A URL, or where one that carries a token is read from. */
const address = z.union([z.url({ protocol: /^https?$/, error: 'is not an http or https URL' }), secret])

/** How to dial a node, where that differs from its address. */
const dial = {
  host: z.string().min(1).optional(),
  port: port.optional(),
  user: z.string().min(1).optional(),
  jump: z.string().min(1).optional(),
}

const kept = z.int().min(0).default(0)

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const patience = (within: string, every: string, steady: string) =>
  z
    .strictObject({ within: duration(within), every: duration(every), steady: duration(steady) })
    .default({ within, every, steady })

export const clusterFile = z.strictObject({
  cluster: z.strictObject({
    name,
    id: z.uuid().describe('what /var/lib/dcos/cluster-id says on every node of this cluster'),
  }),
  masters: z.array(z.strictObject({ name, address: z.ipv4().describe('what detect_ip prints on it'), ...dial })).min(1),
  nodes: z
    .record(z.ipv4(), z.strictObject({ name: name.optional(), ...dial }))
    .default({})
    .describe('agents by the address that Mesos reports: their name and how to dial them'),
  ssh: z.strictObject({
    user: z.string().min(1).optional(),
    identities: z.array(z.string().min(1)).default([]),
    knownHosts: z.array(z.string().min(1)).default([]),
    config: z.string().min(1).default('~/.ssh/config'),
    sudoPassword: secret.optional(),
    connectWithin: duration('20s'),
  }),
  zookeeper: z
    .strictObject({ sessionTimeout: duration('30s'), auth: secret.optional().describe('user:password of a digest') })
    .prefault({}),
  store: z
    .union([
      z.strictObject({ directory: z.string().min(1) }),
      z.strictObject({
        s3: z.strictObject({
          bucket: z.string().min(3),
          prefix: z
            .string()
            .regex(/^[^/].*[^/]$|^[^/]?$/, 'begins or ends with a slash')
            .default(''),
          region: z.string().default('us-east-1'),
          endpoint: z.url().optional(),
          pathStyle: z.boolean().default(false),
          storageClass: z.string().optional(),
          serverSide: z
            .union([z.literal('AES256'), z.strictObject({ kmsKey: z.string().min(1) })])
            .optional()
            .describe('encryption by the server, besides our own'),
          objectLock: z
            .strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.int().min(1) })
            .optional()
            .describe('keeps every object from being changed or removed; the bucket must have Object Lock'),
        }),
      }),
    ])
    .optional(),
  encryption: z
    .union([z.literal('none'), z.array(z.string().startsWith('age1', 'is not an age recipient')).min(1)])
    .optional(),
  bootstrap: z
    .strictObject({
      ...dial,
      host: z.string().min(1),
      genconf: z.string().startsWith('/', 'is not an absolute path').describe('the folder with config.yaml on it'),
      serve: z
        .boolean()
        .default(false)
        .describe('whether genconf/serve, which can be generated again, is backed up too'),
    })
    .optional()
    .describe('the bootstrap host, where its genconf is to be in the backups'),
  retention: z
    .strictObject({
      keep: z.strictObject({ last: kept, daily: kept, weekly: kept, monthly: kept, yearly: kept }),
      zone: z
        .string()
        .default('UTC')
        .describe('the time zone in which days begin')
        .refine(isZone, 'is not a time zone such as UTC or Europe/Berlin'),
      leftoversAfter: duration('1d')
        .refine(
          text => (parseDuration(text) ?? 0) >= 86_400,
          'is younger than a day: what is being written would look the same',
        )
        .describe('how long after the last write to it what a killed backup left is removed'),
    })
    .optional()
    .describe('which backups `backup prune` keeps'),
  schedule: z
    .strictObject({
      cron: z
        .string()
        .superRefine((text, context) => {
          try {
            parseCron(text)
          } catch (error) {
            context.addIssue(error instanceof Error ? error.message : String(error))
          }
        })
        .optional(),
      system: z.enum(['cron', 'systemd']).optional(),
      jitter: duration('0s'),
      waitIfBusy: z.string().refine(isDuration, noDuration).optional(),
    })
    .prefault({})
    .describe('what `backup schedule` takes where its flags say nothing'),
  notify: z
    .strictObject({
      webhook: z
        .strictObject({
          url: address,
          on: z
            .array(z.enum(['start', 'success', 'failure', 'skipped']))
            .min(1)
            .default(['failure']),
        })
        .optional(),
      ping: z
        .strictObject({
          url: address,
          start: address.optional(),
          success: address.optional(),
          failure: address.optional(),
        })
        .optional()
        .describe('a watchdog that misses us: url when there is a new backup, url/start and url/fail'),
      textfile: z
        .string()
        .regex(/^\/.*[^/]\.prom$/, 'is not an absolute path that ends in .prom')
        .optional()
        .describe('read by the node exporter, which reads only *.prom'),
    })
    .prefault({}),
  upgrade: z
    .strictObject({
      scriptUrl: z.url().optional(),
      agents: z
        .strictObject({
          atMost: z.int().min(1).default(1),
          canaries: z.int().min(0).default(1),
          soak: duration('5m'),
          failures: z.int().min(0).default(0),
        })
        .prefault({}),
    })
    .prefault({}),
  patience: z
    .strictObject({
      cluster: patience('2m', '5s', '0s'),
      master: patience('15m', '5s', '10s'),
      agent: patience('10m', '5s', '0s'),
    })
    .prefault({}),
  thresholds: z
    .strictObject({
      /** DC/OS: 20 pings of 15 s (dcos/dcos gen/dcos-config.yaml, MESOS_MAX_SLAVE_PING_TIMEOUTS). */
      agentUnreachableAfter: duration('5m'),
      agentAlarmAfter: duration('4m'),
    })
    .prefault({}),
})

export type ClusterFile = z.output<typeof clusterFile>
export type SecretSource = z.output<typeof secret>
export type AddressSource = z.output<typeof address>
