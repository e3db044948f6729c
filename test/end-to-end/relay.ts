// Runs inside the lab's network: carries connections of a unix socket to a node's port, so that tests outside can reach it.
// Usage: relay.ts SOCKET ADDRESS PORT
import { connect, createServer } from 'node:net'

const [socket, address, port] = process.argv.slice(2)
if (!socket || !address || !port) throw new Error('usage: relay.ts SOCKET ADDRESS PORT')

createServer(front => {
  const back = connect(Number(port), address)
  for (const [one, other] of [
    [front, back],
    [back, front],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
    one.pipe(other)
  }
}).listen(socket, () => process.stdout.write('listening\n'))
