// The recorded replicated logs under test/fixtures/mesos/replicated-log (their README says how they were made).
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'

const folder = new URL('../../fixtures/mesos/replicated-log/', import.meta.url)

export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, folder))
}

/** The files of the first folder of a recorded `.tar.gz`, by name. */
export async function recordedLog(name: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const archive = extract()
  archive.end(gunzipSync(fixture(name)))
  for await (const entry of archive) {
    const content = await buffer(entry)
    if (entry.header.type === 'file') files.set(entry.header.name.replace(/^.*\//, ''), content)
  }
  return files
}
