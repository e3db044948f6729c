// Runs on a node of the lab: does one thing to one znode. Usage: znode.ts SERVER create|set|delete|get PATH [DATA]
import { ACL, createClient } from 'node-zookeeper-client'

const [server, deed, path, data = ''] = process.argv.slice(2)
if (!server || !path) throw new Error('usage: znode.ts SERVER create|set|delete|get PATH [DATA]')

const client = createClient(server, { sessionTimeout: 20_000, retries: 3 })
const late = setTimeout(() => process.exit(3), 20_000)

const done = (error: Error | null | undefined, said?: unknown): void => {
  clearTimeout(late)
  client.close()
  if (!error) process.stdout.write(`${said ?? 'done'}\n`)
  process.exitCode = error ? 1 : 0
  if (error) process.stderr.write(`${error}\n`)
}

client.on('state', ({ code }) => {
  if (code !== 3) return // SYNC_CONNECTED
  if (deed === 'create') client.create(path, Buffer.from(data), ACL.OPEN_ACL_UNSAFE, 0, error => done(error))
  else if (deed === 'set') client.setData(path, Buffer.from(data), -1, error => done(error))
  else if (deed === 'delete') client.remove(path, -1, error => done(error))
  else client.getData(path, (error, found) => done(error, found?.toString()))
})
client.connect()
