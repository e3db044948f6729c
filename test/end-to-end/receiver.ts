// Runs inside the lab's network: takes every HTTP request with 200 and prints it as a line of JSON. Usage: receiver.ts ADDRESS PORT
import { createServer } from 'node:http'

const [address, port] = process.argv.slice(2)
if (!address || !port) throw new Error('usage: receiver.ts ADDRESS PORT')

createServer(async (request, response) => {
  const body = (await request.toArray()).join('')
  process.stdout.write(`${JSON.stringify({ method: request.method, path: request.url, body })}\n`)
  response.end()
}).listen(Number(port), address, () => process.stdout.write('listening\n'))
