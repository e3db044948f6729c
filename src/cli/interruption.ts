// Turns signals into what the engine understands: first, stop at the next safe point; second, leave what is under way to finish by itself.
import type { Interruption } from '../engine/ports.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface Listening extends Interruption {
  off(): void
}

/** Listens until `off` is called. From before a claim is taken, so that a signal can't end the process while it has the cluster. */
export function listen(): Listening {
  const stop = new AbortController()
  const detach = new AbortController()
  const hear = () => (stop.signal.aborted ? detach : stop).abort()
  for (const signal of signals) process.on(signal, hear)
  return {
    stop: stop.signal,
    detach: detach.signal,
    off: () => {
      for (const signal of signals) process.off(signal, hear)
    },
  }
}
