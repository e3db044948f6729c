// Opens a tar of ZooKeeper files that can be read from its start as often as is asked, wherever it lies.
import { pipeline } from 'node:stream'
import { extract } from 'tar-stream'
import type { DataFiles } from './inspect.ts'
import { wholeTar } from './whole-tar.ts'

/** Of a tar's plain bytes. Reads it to its end once, so that what is behind those bytes has proved them. @throws what reading does */
export async function openArchive(read: () => AsyncIterable<Uint8Array>): Promise<DataFiles> {
  const changed = new Map<string, number | undefined>()
  for await (const entry of unpacked(read())) {
    if (entry.header.type === 'file') changed.set(entry.header.name, entry.header.mtime?.getTime())
    entry.resume()
  }
  return { names: [...changed.keys()], open: name => oneEntry(read(), name), changedAt: name => changed.get(name) }
}

function unpacked(bytes: AsyncIterable<Uint8Array>) {
  const entries = extract()
  pipeline(wholeTar(bytes), entries, () => {}) // an error destroys `entries`, whose reader gets it
  return entries
}

async function* oneEntry(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  for await (const entry of unpacked(bytes)) {
    if (entry.header.name === name) {
      for await (const piece of entry) if (piece instanceof Uint8Array) yield piece
      return
    }
    entry.resume()
  }
  throw new Error(`${name} is no longer in the archive`)
}
