// Runs on a node of the lab: a client that, as the real ones do, never forgets the last zxid it has seen, through lost lines and expired sessions. It writes
// one znode again and again and notes, a line each, the zxid of every write that was acknowledged.
// Usage: zookeeper-old-client.ts SERVER NOTES
import { openSync, writeSync } from 'node:fs'
import { connect } from 'node:net'

const [server, notes] = process.argv.slice(2)
if (!server || !notes) throw new Error('usage: zookeeper-old-client.ts SERVER NOTES')
const [host = '', port] = server.split(':')
const file = openSync(notes, 'w')

let lastZxid = 0n
let session = { id: 0n, password: Buffer.alloc(16) }

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
const sized = (bytes: Buffer): Buffer => Buffer.concat([int(bytes.length), bytes])
const frame = (...parts: Buffer[]): Buffer => sized(Buffer.concat(parts))

const path = sized(Buffer.from('/old-client'))
const openAcl = Buffer.concat([int(1), int(31), sized(Buffer.from('world')), sized(Buffer.from('anyone'))])
const create = frame(int(1), int(1), path, sized(Buffer.alloc(0)), openAcl, int(0))
const write = (xid: number) => frame(int(xid), int(5), path, sized(Buffer.from(String(xid))), int(-1))

function live(): void {
  const socket = connect(Number(port), host)
  let pending = Buffer.alloc(0)
  let isConnected = false
  let xid = 1
  socket.on('error', () => undefined)
  socket.on('close', () => setTimeout(live, 200))
  socket.on('connect', () =>
    socket.write(frame(int(0), long(lastZxid), int(4000), long(session.id), sized(session.password), Buffer.from([0]))),
  )
  const hear = (answer: Buffer) => {
    if (!isConnected) {
      const isExpired = answer.readInt32BE(4) <= 0
      session = isExpired
        ? { id: 0n, password: Buffer.alloc(16) }
        : { id: answer.readBigUInt64BE(8), password: Buffer.from(answer.subarray(20, 36)) }
      isConnected = !isExpired
      if (isExpired) socket.destroy()
      else socket.write(create)
      return
    }
    const zxid = answer.readBigInt64BE(4)
    if (zxid > lastZxid) lastZxid = zxid
    if (answer.readInt32BE(0) > 1 && answer.readInt32BE(12) === 0) writeSync(file, `0x${zxid.toString(16)}\n`)
    setTimeout(() => socket.write(write(++xid)), 100)
  }
  socket.on('data', (piece: Buffer) => {
    pending = Buffer.concat([pending, piece])
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE()) {
      const end = 4 + pending.readInt32BE()
      hear(pending.subarray(4, end))
      pending = pending.subarray(end)
    }
  })
}

live()
