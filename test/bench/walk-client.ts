// Walks with node-zookeeper-client as it comes: the same requests, so many at a time. Usage: walk-client.ts PORT PATH WINDOW [ZNODES_AT_MOST]
import { createClient, type Exception, type Stat } from 'node-zookeeper-client'

const [port, top, window, atMost = 'Infinity'] = process.argv.slice(2)
if (!port || !top || !window) throw new Error('usage: walk-client.ts PORT PATH WINDOW [ZNODES_AT_MOST]')
const client = createClient(`127.0.0.1:${port}`, { sessionTimeout: 30_000, retries: 3 })
const waiting: string[] = [top]
let asked = 0
let znodes = 0
let bytes = 0
let began = 0

function end(): void {
  const milliseconds = performance.now() - began
  const { user, system } = process.cpuUsage()
  process.stdout.write(`${JSON.stringify({ znodes, bytes, milliseconds, cpu: (user + system) / 1000 })}\n`)
  process.exit(0)
}

/** One at a time: the next request goes once the last was answered. */
const oneByOne = window === '1'

function answered(error: Exception | null | undefined): void {
  if (error) throw error
  asked--
  goOn()
}

function read(path: string): void {
  asked++
  client.getData(path, (error, data: Buffer | undefined, stat: Stat) => {
    bytes += data?.length ?? 0
    const acl = () => {
      asked++
      client.getACL(path, aclError => {
        znodes++
        answered(aclError)
      })
    }
    const hasChildren = !error && stat.numChildren > 0
    if (hasChildren) {
      asked++
      client.getChildren(path, (childrenError, names) => {
        for (const child of names ?? []) waiting.push(`${path}/${child}`)
        if (oneByOne) acl()
        answered(childrenError)
      })
    } else if (oneByOne) acl()
    answered(error)
  })
  if (oneByOne) return
  asked++
  client.getACL(path, error => {
    znodes++
    answered(error)
  })
}

function goOn(): void {
  while (asked < Number(window) && znodes < Number(atMost)) {
    const next = waiting.pop()
    if (next === undefined) break
    read(next)
  }
  if (asked === 0) end()
}

client.on('state', ({ code }) => {
  if (code !== 3 || began > 0) return // SYNC_CONNECTED, for the first time
  began = performance.now()
  goOn()
})
client.connect()
