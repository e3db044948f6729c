// One measured copy of ZooKeeper files from a node into S3, by the parts that a backup is made of: hot copy over SSH, decoding on the way, zstd, upload, reading back.
// What is left out is constant: the plan, the claim, the questions to the living server.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Secret } from '../../src/secret.ts'
import { openHosts, usualPulse } from '../../src/ssh/hosts.ts'
import { backupWriter } from '../../src/store/backup-writer.ts'
import { s3Store } from '../../src/store/s3.ts'
import { checkedArchive } from '../../src/zookeeper/files/decode-archive.ts'
import { hotCopyScript } from '../../src/zookeeper/files/hot-copy.ts'

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

const [file = '', backup = '', readBack = ''] = process.argv.slice(2)
const { node, ssh, s3 } = settings.parse(JSON.parse(readFileSync(file, 'utf8')))
const hosts = openHosts({
  nodes: [{ name: node.name, host: node.address, address: node.address }],
  ssh: { user: ssh.user, identities: [ssh.identityFile], knownHosts: [ssh.knownHostsFile], config: '/dev/null' },
  pulse: usualPulse,
  afterLogin: async () => {},
})
const { endpoint, bucket, region, accessKey, secretKey } = s3
const credentials = { accessKeyId: accessKey, secretAccessKey: new Secret(secretKey) }
const store = await s3Store(
  { bucket, prefix: 'bench', region, endpoint, pathStyle: true, credentials },
  () => new Date(),
)
const writer = backupWriter({
  ...{ store, cluster: { name: 'bench', id: 'bench' }, backup, encryption: 'none' },
  readBack: readBack === 'read-back',
})
try {
  const host = await hosts.host(node.name)
  const { stdout } = await host.stream(hotCopyScript, { as: 'root', args: [node.files], idleWithin: 60_000 })
  const { bytes, contents } = checkedArchive(stdout, { fuzzEnd: 0n })
  const object = await writer.object('zookeeper/files.tar', bytes, () => ({ kind: 'zookeeper-files' }))
  const { exactAt, notes } = await contents
  if (exactAt === undefined) throw new Error(`not exact: ${JSON.stringify(notes)}`)
  process.stdout.write(`${JSON.stringify({ bytes: object.bytes, plainBytes: object.plainBytes })}\n`)
} finally {
  await hosts.close()
}
