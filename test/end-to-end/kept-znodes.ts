// Runs on a node of the lab: creates znodes below /kept that nobody else writes to. Usage: kept-znodes.ts SERVER AMOUNT
import { ACL, createClient, type Exception } from 'node-zookeeper-client'

const [server, amount] = process.argv.slice(2)
if (!server) throw new Error('usage: kept-znodes.ts SERVER AMOUNT')

const client = createClient(server, { sessionTimeout: 20_000, retries: 3 })
const done = (act: (answer: (error: Exception | null | undefined) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => act(error => (error ? reject(error) : resolve())))

async function create(): Promise<void> {
  await done(answer => client.create('/kept', Buffer.alloc(0), ACL.OPEN_ACL_UNSAFE, 0, answer))
  for (let n = 0; n < Number(amount); n++) {
    const path = `/kept/n${n}`
    await done(answer => client.create(path, Buffer.from(`first ${n}`), ACL.OPEN_ACL_UNSAFE, 0, answer))
    for (let again = 0; again < n % 3; again++)
      await done(answer => client.setData(path, Buffer.from(`then ${n}`), -1, answer))
  }
}

client.on('state', ({ code }) => {
  if (code !== 3) return // SYNC_CONNECTED
  create().then(
    () => client.close(),
    (error: Exception) => {
      process.stderr.write(`${error}\n`)
      process.exit(1)
    },
  )
})
client.connect()
