// Holding on to a claim on the masters' disks: shows at intervals that its driver lives, and asks a majority before each step.
import { setTimeout as pause } from 'node:timers/promises'
import type { Hold } from '../engine/ports.ts'
import { ClaimLost } from '../zookeeper/claim/errors.ts'
import { withText } from './judge.ts'
import { beat, changeDisks, type Disks, type Masters } from './look.ts'

/** Milliseconds between two signs of life. */
const beatEvery = 15_000
/** Milliseconds for which a majority that can't be asked is asked again: a master may be starting. */
const askWithin = 60_000
const askEvery = 1_000

export interface Held {
  readonly world: Masters
  readonly run: string
  readonly token: number
  /** As it should stand there. */
  readonly text: string
  /** Masters that make it ours. */
  readonly enough: number
}

/** Nobody else can have it while it stands on enough masters: unlike a session it does not expire. */
export function holdOnDisks({ world, run, token, text, enough }: Held): { readonly hold: Hold; stop(): void } {
  const lost = new AbortController()
  let beating = false

  /** Whether it is ours; undefined while too few can be asked. @throws ClaimLost once it can't be ours any more */
  const judge = (disks: Disks): true | undefined => {
    if (lost.signal.aborted) throw lost.signal.reason
    const ours = withText(disks, text).length
    if (ours >= enough) return true
    const others = disks.asked.filter(({ claim }) => claim?.text !== text)
    if (ours + disks.unasked.length >= enough) return undefined
    const other = others.find(({ claim }) => claim !== undefined)?.claim?.node
    const error = new ClaimLost(
      other
        ? `on the masters' disks it is run ${other.run}'s now, driven by ${other.who.user}@${other.who.host}`
        : `it is gone from the disks of ${others.map(({ master }) => master).join(' and ')}`,
      run,
    )
    stop()
    lost.abort(error)
    throw error
  }

  /** A master that was down, or had a racer's claim on it, gets this one too: it must outlive the loss of any disks but a majority. */
  const spread = async ({ asked }: Disks): Promise<void> => {
    const bare = asked.filter(({ claim }) => claim === undefined)
    if (bare.length > 0)
      await changeDisks(
        world,
        bare.map(({ master }) => ({ master, from: '', to: text })),
      )
  }

  const ticker = setInterval(() => {
    if (beating) return
    beating = true
    beat(world, text)
      .then(judge)
      .catch(() => {}) // has aborted `lost` where that is what it means
      .finally(() => {
        beating = false
      })
  }, beatEvery)
  ticker.unref()
  function stop(): void {
    clearInterval(ticker)
  }

  return {
    stop,
    hold: {
      token,
      lost: lost.signal,
      async assertHeld() {
        const until = performance.now() + askWithin
        for (;;) {
          const disks = await beat(world, text)
          if (judge(disks)) return spread(disks)
          if (performance.now() > until) {
            const why = disks.unasked.map(({ master, why }) => `${master}: ${why}`).join('; ')
            throw new ClaimLost(`a majority of the masters can't be asked whose it is: ${why}`, run)
          }
          await pause(askEvery)
        }
      },
    },
  }
}
