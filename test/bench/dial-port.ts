// A TCP connection to a port on loopback, for measuring.
import { connect, type Socket } from 'node:net'

export const dialPort = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const line = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(line))
    line.once('error', reject)
  })
