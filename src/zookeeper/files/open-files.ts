// Opens a folder or an archive of ZooKeeper files for `inspect`. An archive is read from its start for each file, so
// that nothing is unpacked and memory stays bounded.

import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { extract } from 'tar-stream'
import type { DataFiles } from './inspect.ts'
import { PLAIN_BYTES, readPieces } from './read-pieces.ts'
import { wholeTar } from './whole-tar.ts'

const PIECE_BYTES = 64 * 1024

/** `path`: a folder, or a .tar, .tar.gz or .tar.zst. Throws what the file system or the archive's reader throws. */
export async function openFiles(path: string): Promise<DataFiles> {
  if ((await stat(path)).isDirectory()) {
    const names = await filesUnder(path)
    const changed = new Map<string, number>()
    for (const name of names) changed.set(name, (await stat(join(path, name))).mtimeMs)
    return { names, open: name => readPieces(join(path, name)), changedAt: name => changed.get(name) }
  }
  return openTar(() => plainTar(path), path)
}

/** An archive whose plain bytes can be read again and again, for example from a store. `says`: what it is, for people. */
export async function openTar(plain: () => AsyncIterable<unknown>, says: string): Promise<DataFiles> {
  const changed = new Map<string, number | undefined>()
  for await (const entry of entries(plain())) {
    if (entry.header.type === 'file') changed.set(entry.header.name, entry.header.mtime?.getTime())
    entry.resume()
  }
  return { names: [...changed.keys()], open: name => oneEntry(plain, says, name), changedAt: name => changed.get(name) }
}

async function filesUnder(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true })
  return found.filter(entry => entry.isFile()).map(entry => relative(folder, join(entry.parentPath, entry.name)))
}

function plainTar(archive: string): AsyncIterable<unknown> {
  const file = createReadStream(archive, { highWaterMark: PIECE_BYTES })
  if (/\.(tgz|gz)$/.test(archive)) return pipeline(file, createGunzip({ chunkSize: PLAIN_BYTES }), ignore)
  if (archive.endsWith('.zst')) return pipeline(file, createZstdDecompress({ chunkSize: PLAIN_BYTES }), ignore)
  return file
}

function entries(plain: AsyncIterable<unknown>) {
  const unpacked = extract()
  // An error on the way destroys `unpacked`, whose reader then gets it.
  pipeline(plain, wholeTar, unpacked, ignore)
  return unpacked
}

const ignore = () => {}

async function* oneEntry(plain: () => AsyncIterable<unknown>, says: string, name: string): AsyncGenerator<Uint8Array> {
  for await (const entry of entries(plain())) {
    if (entry.header.name === name) {
      for await (const piece of entry) if (piece instanceof Uint8Array) yield piece
      return
    }
    entry.resume()
  }
  throw new Error(`${says}: ${name} is no longer in it`)
}
