// A child process for tests: puts an object that never ends, says so once 20 MB are sent, and waits to be killed.
import { openStore, type StoreAddress } from './open-store.ts'

const address: StoreAddress = JSON.parse(process.argv[2] ?? '')
const store = await openStore(address)

async function* endless(): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(1_000_000, 'x')
  for (let sent = 0; sent < 20; sent++) yield chunk
  process.stdout.write('sent\n')
  await new Promise(() => setInterval(() => {}, 60_000)) // for ever
}

await store.put('backup/endless', endless())
