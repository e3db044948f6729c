// A real ZooKeeper server that stands alone on a node of the lab, started on files that are given: what does it hold?
import { z } from 'zod'
import { until } from '../lab/deadline.ts'
import type { Lab } from '../lab/lab.ts'
import { onNode } from './lab-cluster.ts'

const unit = 'lab-scratch-zookeeper'
const port = 12_181
const classPath = ['zookeeper', 'slf4j-simple', 'slf4j-api', 'servlet-api'].map(name => `/usr/share/java/${name}.jar`)

const znode = z.object({
  path: z.string(),
  dataBase64: z.string(),
  czxid: z.string(),
  mzxid: z.string(),
  pzxid: z.string(),
  version: z.number(),
  aversion: z.number(),
  ephemeralOwner: z.string(),
})

export interface ScratchZookeeper {
  /** What the server says of itself before any client has connected, as hex. */
  readonly zxid: string
  /** Every znode, as a client sees it. */
  znodes(): Promise<readonly z.output<typeof znode>[]>
  stop(): Promise<void>
}

/** `folder` on the node: `snapshot` and `transactions` as DC/OS has them. Rejects where the server does not come up. */
export async function startZookeeperOn(lab: Lab, node: string, folder: string): Promise<ScratchZookeeper> {
  const config = [
    `dataDir=${folder}/snapshot`,
    `dataLogDir=${folder}/transactions`,
    ...[`clientPort=${port}`, 'clientPortAddress=127.0.0.1', 'admin.enableServer=false'],
    // Sessions that end while the server is read take their znodes with them: it looks for such once in a tick of 23 days.
    ...['tickTime=2000000000', 'minSessionTimeout=1000', 'maxSessionTimeout=60000'],
    '4lw.commands.whitelist=*',
  ]
  const program = `java -Xmx256m -cp ${classPath.join(':')} org.apache.zookeeper.server.quorum.QuorumPeerMain`
  await onNode(
    lab,
    node,
    `printf '%s\\n' ${config.join(' ')} > ${folder}/zoo.cfg
    systemd-run --quiet --collect --unit=${unit} ${program} ${folder}/zoo.cfg`,
  )
  const srvr = `timeout 2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}; printf srvr >&3; cat <&3' 2>/dev/null || true`
  const zxid = await until('the scratch ZooKeeper server answers', 120, async () => {
    const [, said] = /^Zxid: (0x[0-9a-f]+)$/m.exec(await onNode(lab, node, srvr)) ?? []
    return said
  })
  return {
    zxid,
    async znodes() {
      const program = `/opt/lab/bin/node /opt/lab/repo/test/end-to-end/znodes.ts 127.0.0.1:${port}`
      const lines = (await onNode(lab, node, program, 300)).split('\n').slice(0, -1)
      return lines.map(line => znode.parse(JSON.parse(line)))
    },
    stop: async () => void (await onNode(lab, node, `systemctl stop ${unit}`)),
  }
}
