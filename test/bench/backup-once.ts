// One measured copy of ZooKeeper files from a node into S3, by the parts that a backup is made of: hot copy over SSH, decoding on the way, zstd, upload, reading back.
// What is left out is constant: the plan, the claim, the questions to the living server.
import { openHosts, usualPulse } from '../../src/ssh/hosts.ts'
import { backupWriter } from '../../src/store/backup-writer.ts'
import { checkedArchive } from '../../src/zookeeper/files/decode-archive.ts'
import { hotCopyScript } from '../../src/zookeeper/files/hot-copy.ts'
import { benchStore, cluster, readSettings } from './bench-store.ts'

const [file = '', backup = '', readBack = ''] = process.argv.slice(2)
const { node, ssh, s3 } = readSettings(file)
const hosts = openHosts({
  nodes: [{ name: node.name, host: node.address, address: node.address }],
  ssh: { user: ssh.user, identities: [ssh.identityFile], knownHosts: [ssh.knownHostsFile], config: '/dev/null' },
  pulse: usualPulse,
  afterLogin: async () => {},
})
const writer = backupWriter({
  ...{ store: await benchStore(s3), cluster, backup, encryption: 'none' },
  readBack: readBack === 'read-back',
})
const started = new Date().toISOString()
try {
  const host = await hosts.host(node.name)
  const { stdout } = await host.stream(hotCopyScript, { as: 'root', args: [node.files], idleWithin: 60_000 })
  const { bytes, contents } = checkedArchive(stdout, { fuzzEnd: 0n })
  const object = await writer.object('zookeeper/files.tar', bytes, () => ({ kind: 'zookeeper-files' }))
  const { exactAt, notes } = await contents
  if (exactAt === undefined) throw new Error(`not exact: ${JSON.stringify(notes)}`)
  const finished = new Date().toISOString()
  await writer.commit({ ...{ dcosctl: 'bench', started, finished, host: 'bench', way: 'files' }, absent: [] })
  process.stdout.write(`${JSON.stringify({ bytes: object.bytes, plainBytes: object.plainBytes })}\n`)
} finally {
  await hosts.close()
}
