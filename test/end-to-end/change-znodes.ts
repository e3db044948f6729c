// Runs on a node of the lab: makes changes in ZooKeeper, one after the other.
// Usage: change-znodes.ts SERVER [create PATH DATA | set PATH DATA | delete PATH]...
import { ACL, createClient, type Exception } from 'node-zookeeper-client'

const [server, ...words] = process.argv.slice(2)
if (!server) throw new Error('usage: change-znodes.ts SERVER [create PATH DATA | set PATH DATA | delete PATH]...')

const client = createClient(server, { sessionTimeout: 20_000, retries: 3 })

function change(): void {
  const [what, path = '', data = ''] = words
  const done = (error: Exception | null | undefined) => {
    if (error) throw error
    words.splice(0, what === 'delete' ? 2 : 3)
    change()
  }
  if (what === 'create') client.create(path, Buffer.from(data), ACL.OPEN_ACL_UNSAFE, 0, done)
  else if (what === 'set') client.setData(path, Buffer.from(data), -1, done)
  else if (what === 'delete') client.remove(path, -1, done)
  else client.close()
}

let began = false
client.on('state', ({ code }) => {
  if (code !== 3 || began) return // SYNC_CONNECTED, for the first time
  began = true
  change()
})
client.connect()
