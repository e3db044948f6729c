// A way to a ZooKeeper server whose line is cut behind the n-th request: what was asked by then still reaches the server, no answer comes back.
import { Duplex } from 'node:stream'

interface Way {
  readonly name: string
  connect(within: number): Promise<Duplex>
}

export interface CutWay extends Way {
  /** Whether it was cut, rather than ended before. */
  readonly isCut: boolean
}

/** The handshake counts as the first request. */
export function cutAfter(way: Way, requests: number): CutWay {
  let isCut = false
  let left = requests
  return {
    name: way.name,
    get isCut() {
      return isCut
    },
    async connect(within) {
      const far = await way.connect(within)
      let rest = Buffer.alloc(0)
      const near = new Duplex({
        read() {},
        write(piece: Buffer, _encoding, done) {
          rest = Buffer.concat([rest, piece])
          while (!isCut && rest.length >= 4 && rest.length >= 4 + rest.readInt32BE()) {
            const length = 4 + rest.readInt32BE()
            const frame = rest.subarray(0, length)
            rest = rest.subarray(length)
            left--
            isCut = left === 0
            if (isCut) far.end(frame, () => near.destroy())
            else far.write(frame)
          }
          done()
        },
        destroy(error, done) {
          if (!isCut) far.destroy()
          done(error)
        },
      })
      far.on('data', (piece: Buffer) => isCut || near.push(piece))
      far.on('error', error => near.destroy(error))
      far.on('close', () => near.destroy())
      return near
    },
  }
}
