// Runs on a node of the lab: prints what a ZooKeeper server answers of every znode, a line of JSON each.
// Usage: znodes.ts SERVER [PATH]
import { createClient, type Exception, type Stat } from 'node-zookeeper-client'

const [server, from = '/'] = process.argv.slice(2)
if (!server) throw new Error('usage: znodes.ts SERVER [PATH]')

/** NO_NODE of the protocol: gone between two questions, with a session for example. The others are printed all the same. */
const noNode = -101
const client = createClient(server, { sessionTimeout: 20_000, retries: 3 })

const answerOf = <T>(ask: (answer: (error: Exception | null | undefined, value: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => ask((error, value) => (error ? reject(error) : resolve(value))))

async function walk(path: string): Promise<void> {
  const children = await answerOf<readonly string[]>(answer => client.getChildren(path, answer))
  const { data, stat } = await answerOf<{ data: Buffer | undefined; stat: Stat }>(answer =>
    client.getData(path, (error, data, stat) => answer(error, { data, stat })),
  )
  const hex = (bytes: Buffer) => `0x${bytes.readBigUInt64BE().toString(16)}`
  const { version, aversion, numChildren } = stat
  process.stdout.write(
    `${JSON.stringify({
      path,
      dataBase64: data?.toString('base64') ?? '',
      czxid: hex(stat.czxid),
      mzxid: hex(stat.mzxid),
      pzxid: hex(stat.pzxid),
      ephemeralOwner: hex(stat.ephemeralOwner),
      ...{ version, aversion, numChildren },
    })}\n`,
  )
  await Promise.all(children.map(child => walkIfThere(path === '/' ? `/${child}` : `${path}/${child}`)))
}

const walkIfThere = (path: string): Promise<void> =>
  walk(path).catch((error: Exception) => {
    if (error.code !== noNode) throw error
  })

client.on('state', ({ code }) => {
  if (code !== 3) return // SYNC_CONNECTED
  walkIfThere(from).then(
    () => client.close(),
    (error: Exception) => {
      client.close()
      process.stderr.write(`${error}\n`)
      process.exitCode = 1
    },
  )
})
client.connect()
