// Frames are cut out of any chunking, and what is no frame is refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Frames, isHandshakeAnswer, longestFrame, NotZooKeeper } from '../../../src/zookeeper/session/frames.ts'

const framed = (body: Uint8Array): Buffer => {
  const head = Buffer.alloc(4)
  head.writeInt32BE(body.length)
  return Buffer.concat([head, body])
}

test('frames come out whole and in order, however the bytes were cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.array(fc.nat(60)), (bodies, cuts) => {
      const wire = Buffer.concat(bodies.map(framed))
      const frames = new Frames()
      const seen: Buffer[] = []
      let from = 0
      for (const cut of [...cuts, wire.length]) {
        seen.push(...frames.push(wire.subarray(from, from + cut)))
        from += cut
      }
      expect(seen).toEqual(bodies.map(framed))
    }),
  )
})

test('an HTTP server is not taken for a ZooKeeper', () => {
  expect(() => new Frames().push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow(NotZooKeeper)
  expect(() => new Frames().push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow(/HTTP\/1.1 400/)
})

test('a length below zero or beyond all measure is refused before anything is waited for', () => {
  for (const length of [-1, longestFrame + 1]) {
    const head = Buffer.alloc(4)
    head.writeInt32BE(length)
    expect(() => new Frames().push(head)).toThrow(NotZooKeeper)
  }
})

test('only an answer of the right size, version and password length counts as a handshake', () => {
  const answer = Buffer.alloc(41)
  answer.writeInt32BE(37, 0)
  answer.writeInt32BE(4000, 8)
  answer.writeInt32BE(16, 20)
  expect(isHandshakeAnswer(answer)).toBe(true)
  expect(isHandshakeAnswer(answer.subarray(0, 39))).toBe(false)
  answer.writeInt32BE(1, 4)
  expect(isHandshakeAnswer(answer)).toBe(false)
})
