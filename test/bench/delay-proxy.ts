// A process that passes TCP on, later by half the latency that it was told, each way. Prints its port.
// Usage: delay-proxy.ts TO_PORT MILLISECONDS
import { connect, createServer, type Socket } from 'node:net'

const [to, latency] = process.argv.slice(2).map(Number)
if (to === undefined || latency === undefined) throw new Error('usage: delay-proxy.ts TO_PORT MILLISECONDS')

function pass(from: Socket, into: Socket, later: number): void {
  const waiting: { readonly due: number; readonly piece: Buffer }[] = []
  let isSet = false
  const go = () => {
    isSet = false
    const now = performance.now()
    let due = 0
    while (due < waiting.length && (waiting[due]?.due ?? now) <= now) due++
    const pieces = waiting.splice(0, due).map(({ piece }) => piece)
    if (pieces.length > 0) into.write(Buffer.concat(pieces))
    const next = waiting[0]
    if (!next) return
    isSet = true
    setTimeout(go, Math.max(0, next.due - performance.now()))
  }
  from.on('data', (piece: Buffer) => {
    if (later === 0) return void into.write(piece)
    waiting.push({ due: performance.now() + later, piece })
    if (isSet) return
    isSet = true
    setTimeout(go, later)
  })
  from.on('error', () => into.destroy())
  from.on('close', () => into.destroy())
}

const server = createServer(near => {
  const far = connect({ port: to, host: '127.0.0.1', noDelay: true })
  near.setNoDelay()
  pass(near, far, latency / 2)
  pass(far, near, latency / 2)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') process.stdout.write(`${address.port}\n`)
})
