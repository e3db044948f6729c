// Writes many lines at the pace of their reader, and ends quietly when the reader has seen enough (`| head`).
import type { Writable } from 'node:stream'

const batchChars = 64 * 1024

/** False when the reader went away before the end. @throws what else keeps `out` from being written to */
export async function writeLines(lines: Iterable<string> | AsyncIterable<string>, out: Writable): Promise<boolean> {
  let batch = ''
  for await (const line of lines) {
    batch += `${line}\n`
    if (batch.length < batchChars) continue
    if (!(await written(batch, out))) return false
    batch = ''
  }
  return batch === '' || written(batch, out)
}

function written(text: string, out: Writable): Promise<boolean> {
  if (out.destroyed || out.writableEnded) return Promise.resolve(false)
  return new Promise((resolve, reject) => {
    // Without a listener of its own an error would end the process before the callback is heard.
    const ignore = () => {}
    out.once('error', ignore)
    out.write(text, error => {
      out.off('error', ignore)
      if (!error) resolve(true)
      else if ('code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')) resolve(false)
      else reject(error)
    })
  })
}
