// The frame around a script's output: noise stays out, and bytes come through exactly however they are cut into chunks.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unframer } from '../../src/ssh/framing.ts'

const token = 'abcd1234'

/** What comes out when `bytes` arrive in pieces of these sizes. */
function through(bytes: Buffer, sizes: readonly number[]): { out: Buffer; exit: number | undefined; begun: boolean } {
  const frame = unframer(token, true)
  const out: Buffer[] = []
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1
    out.push(frame.take(bytes.subarray(at, at + size)))
    at += size
  }
  return { out: Buffer.concat(out), exit: frame.exit, begun: frame.begun }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
const nasty = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
  fc
    .constantFrom('\n', '\n\n', `\n${token}`, `\n${token} exi`, `${token} exit 3`, `\n${token.slice(0, 5)} exit 0\n`)
    .map(text => Buffer.from(text)),
)
/** Anything but a whole mark: the token is random, so only what knows it could print one. */
const body = fc
  .array(nasty, { maxLength: 8 })
  .map(parts => Buffer.concat(parts))
  .filter(bytes => !bytes.includes(`\n${token} exit `))

test('noise in front and noise behind stay out, and every byte between comes through', () => {
  fc.assert(
    fc.property(body, body, sizes, fc.integer({ min: 0, max: 255 }), (noise, bytes, cut, exit) => {
      const all = Buffer.concat([
        noise,
        Buffer.from(`\n${token} ready\n`),
        bytes,
        Buffer.from(`\n${token} exit ${exit}\nlater noise`),
      ])
      expect(through(all, cut)).toEqual({ out: bytes, exit, begun: true })
    }),
  )
})

test('output that was cut off has no exit, so it can not be taken for whole', () => {
  fc.assert(
    fc.property(body, sizes, fc.integer({ min: 1, max: 15 }), (bytes, cut, missing) => {
      const all = Buffer.concat([Buffer.from(`\n${token} ready\n`), bytes, Buffer.from(`\n${token} exit 0\n`)])
      expect(through(all.subarray(0, all.length - missing), cut).exit).toBeUndefined()
    }),
  )
})
