// The bucket that backups are measured against, as the bench describes it to the processes that it times.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Secret } from '../../src/secret.ts'
import { s3Store } from '../../src/store/s3.ts'
import type { Store } from '../../src/store/store.ts'

const settings = z.object({
  node: z.object({ name: z.string(), address: z.string(), files: z.string() }),
  ssh: z.object({ user: z.string(), identityFile: z.string(), knownHostsFile: z.string() }),
  s3: z.object({
    endpoint: z.string(),
    accessKey: z.string(),
    secretKey: z.string(),
    bucket: z.string(),
    region: z.string(),
  }),
})

export type Settings = z.output<typeof settings>

export const readSettings = (file: string): Settings => settings.parse(JSON.parse(readFileSync(file, 'utf8')))

export const cluster = { name: 'bench', id: 'bench' }

export function benchStore({ endpoint, bucket, region, accessKey, secretKey }: Settings['s3']): Promise<Store> {
  const credentials = { accessKeyId: accessKey, secretAccessKey: new Secret(secretKey) }
  return s3Store({ bucket, prefix: 'bench', region, endpoint, pathStyle: true, credentials }, () => new Date())
}
