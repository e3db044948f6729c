// Runs on a master: writes to ZooKeeper at a steady rate, and notes ten times a second how many writes were acknowledged.
// Usage: zookeeper-writer.ts SERVER WRITES_PER_SECOND NOTES; SIGUSR1 stops the writing, SIGUSR2 goes on with it.
import { openSync, writeSync } from 'node:fs'
import { ACL, createClient } from 'node-zookeeper-client'

export interface WriterNote {
  /** Milliseconds since 1970, by the clock that all nodes share. */
  readonly at: number
  readonly acknowledged: number
  readonly failed: number
}

const [server, rate, notes] = process.argv.slice(2)
if (!server || !rate || !notes) throw new Error('usage: zookeeper-writer.ts SERVER WRITES_PER_SECOND NOTES')

const atMostUnderWay = 300
const client = createClient(server, { sessionTimeout: 10_000, retries: 3 })
const file = openSync(notes, 'w')
let hasBegun = false
let isPaused = false
/** Writes to be sent by now. */
let due = 0
let lookedAt = 0
let sent = 0
let acknowledged = 0
let failed = 0

const data = (n: number): Buffer => Buffer.alloc(40 + ((n * 37) % 900), `write ${n} `)
const told = (error: Error | null | undefined): void => {
  if (error) failed++
  else acknowledged++
}

/** Kinds of writes in turn; each finds what it needs, for one session's requests are answered in order. */
function write(n: number): void {
  const round = Math.floor(n / 4)
  const path = `/written/n${round}`
  switch (n % 4) {
    case 0:
      client.create(path, data(n), ACL.OPEN_ACL_UNSAFE, 0, told)
      break
    case 1:
      client.setData(path, data(n), -1, told)
      break
    case 2:
      client.create(`${path}/below`, data(n), ACL.OPEN_ACL_UNSAFE, 0, told)
      break
    default:
      client.remove(`${path}/below`, -1, told)
  }
}

client.on('state', ({ code }) => {
  if (code !== 3 || hasBegun) return // SYNC_CONNECTED, for the first time
  hasBegun = true
  lookedAt = performance.now()
  client.create('/written', Buffer.alloc(0), ACL.OPEN_ACL_UNSAFE, 0, () => undefined)
  setInterval(() => {
    const now = performance.now()
    if (!isPaused) due += ((now - lookedAt) / 1000) * Number(rate)
    lookedAt = now
    while (sent < due && sent - acknowledged - failed < atMostUnderWay) write(sent++)
  }, 5)
  setInterval(() => {
    const note: WriterNote = { at: Date.now(), acknowledged, failed }
    writeSync(file, `${JSON.stringify(note)}\n`)
  }, 100)
})
process.on('SIGUSR1', () => {
  isPaused = true
})
process.on('SIGUSR2', () => {
  isPaused = false
})
client.connect()
