// A way to a ZooKeeper server that can go silent: nothing passes any more, in either direction, and nobody is told.
import { Duplex } from 'node:stream'

interface Way {
  readonly name: string
  connect(within: number): Promise<Duplex>
}

export interface FaultyWay extends Way {
  /** Everything on present and future lines vanishes. */
  cut(): void
}

export function faultyWay(way: Way): FaultyWay {
  let isCut = false
  return {
    name: way.name,
    cut() {
      isCut = true
    },
    async connect(within) {
      if (isCut) return new Promise(() => {})
      const far = await way.connect(within)
      const near = new Duplex({
        read() {},
        write(chunk, _encoding, done) {
          if (!isCut) far.write(chunk)
          done()
        },
        destroy(error, done) {
          if (!isCut) far.destroy()
          done(error)
        },
      })
      far.on('data', (chunk: Buffer) => isCut || near.push(chunk))
      far.on('error', error => isCut || near.destroy(error))
      far.on('close', () => isCut || near.destroy())
      return near
    },
  }
}
