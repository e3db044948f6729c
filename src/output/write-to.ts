// Writes as long as there is somebody to read.
import type { Write } from './renderer.ts'

/**
 * A terminal that was closed or a pipe whose reader has left ends the writing, never the process: an unheard `error` of a
 * stream would end it in the middle of a run. What was not written is in the journal.
 */
export function writeTo(stream: NodeJS.WritableStream): Write {
  let isGone = false
  stream.on('error', () => {
    isGone = true
  })
  return text => {
    if (!isGone) stream.write(text)
  }
}
