// lab.json: what a running lab says about itself to tests, the demo and people.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const descriptionSchema = z.object({
  clusterName: z.string(),
  clusterId: z.string(),
  /** DC/OS version at the start; an upgrade doesn't change it here. */
  version: z.string(),
  /** Pid of the process that holds everything: when it ends, the lab ends. */
  supervisor: z.number().int().positive(),
  operatorAddress: z.string(),
  nodes: z.array(z.object({ name: z.string(), role: z.enum(['master', 'agent']), address: z.string() })),
  ssh: z.object({
    user: z.string(),
    port: z.number(),
    identityFile: z.string(),
    knownHostsFile: z.string(),
    /** A user whose sudo asks for this password (it also opens the ssh login), and one whose shell talks. */
    asks: z.object({ user: z.string(), password: z.string() }),
    noisy: z.object({ user: z.string() }),
  }),
  bootstrapUrl: z.string(),
  s3: z
    .object({
      endpoint: z.string(),
      accessKey: z.string(),
      secretKey: z.string(),
      bucket: z.string(),
      region: z.string(),
    })
    .nullable(),
})

export type LabDescription = z.infer<typeof descriptionSchema>

/** undefined where no lab is described. Throws where the file is not a lab's. */
export function readDescription(file: string): LabDescription | undefined {
  if (!existsSync(file)) return undefined
  return descriptionSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
}

export function writeDescription(file: string, description: LabDescription): void {
  writeFileSync(`${file}.new`, JSON.stringify(description, null, 2) + '\n', { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
