// A way to a ZooKeeper server that can go silent: nothing passes any more, in either direction, and nobody is told.
import { Duplex } from 'node:stream'

interface Way {
  readonly name: string
  connect(within: number): Promise<Duplex>
}

export interface FaultyWay extends Way {
  /** Everything on present and future lines vanishes. */
  cut(): void
  /** The next request of this kind reaches the server, but its answer is lost and the line with it. */
  loseAnswerTo(request: (frame: Buffer) => boolean): void
}

export function faultyWay(way: Way): FaultyWay {
  let isCut = false
  let fatal: ((frame: Buffer) => boolean) | undefined
  return {
    name: way.name,
    cut() {
      isCut = true
    },
    loseAnswerTo(request) {
      fatal = request
    },
    async connect(within) {
      if (isCut) return new Promise(() => {})
      const far = await way.connect(within)
      let deaf = false
      const near = new Duplex({
        read() {},
        write(chunk: Buffer, _encoding, done) {
          if (fatal?.(chunk)) {
            fatal = undefined
            far.once('data', () => near.destroy())
            deaf = true
          }
          if (!isCut) far.write(chunk)
          done()
        },
        destroy(error, done) {
          if (!isCut) far.destroy()
          done(error)
        },
      })
      far.on('data', (chunk: Buffer) => isCut || deaf || near.push(chunk))
      far.on('error', error => isCut || near.destroy(error))
      far.on('close', () => isCut || near.destroy())
      return near
    },
  }
}
