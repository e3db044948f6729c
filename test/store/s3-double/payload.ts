// The bytes of a request as they were meant: taken out of aws-chunked framing, and held to every digest that came with them.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { invalid, Refusal } from './refusal.ts'
import { chunkSignature, hex, type Seed, trailerSignature } from './signature.ts'

export interface Payload {
  readonly bytes: Buffer
  /** Base64, if the client sent one and it was right. */
  readonly crc32: string | undefined
}

/** @throws Refusal for bytes that are not those that were signed or summed */
export function payloadOf(raw: Buffer, headers: ReadonlyMap<string, string>, seed: Seed): Payload {
  const declared = headers.get('x-amz-content-sha256')
  if (declared === undefined) throw invalid('Missing required header for this request: x-amz-content-sha256')
  const { bytes, trailers } = declared.startsWith('STREAMING-')
    ? unframed(raw, declared, headers, seed)
    : { bytes: raw, trailers: new Map<string, string>() }
  if (/^[0-9a-f]{64}$/.test(declared)) {
    if (hex(bytes) !== declared) {
      const says = "The provided 'x-amz-content-sha256' header does not match what was computed."
      throw new Refusal(400, 'XAmzContentSHA256Mismatch', says)
    }
  } else if (declared !== 'UNSIGNED-PAYLOAD' && !declared.startsWith('STREAMING-')) {
    throw invalid('x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a valid sha256 value.')
  }
  const md5 = headers.get('content-md5')
  if (md5 !== undefined && md5 !== createHash('md5').update(bytes).digest('base64'))
    throw new Refusal(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.')
  const sum = headers.get('x-amz-checksum-crc32') ?? trailers.get('x-amz-checksum-crc32')
  if (sum !== undefined && sum !== crc32Of(bytes))
    throw new Refusal(400, 'BadDigest', 'The CRC32 you specified did not match the calculated checksum.')
  return { bytes, crc32: sum }
}

export function crc32Of(bytes: Uint8Array): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum.toString('base64')
}

/** `SIZE;chunk-signature=SIGNATURE\r\n BYTES \r\n … 0 … \r\n`, then trailers that were announced. */
function unframed(raw: Buffer, kind: string, headers: ReadonlyMap<string, string>, seed: Seed) {
  const isSigned = kind.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
  if (!isSigned && kind !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') throw invalid(`${kind} is not known here`)
  const chunks: Buffer[] = []
  let link = seed
  let at = 0
  for (;;) {
    const line = lineAt(raw, at)
    const [, size = '', , signature = ''] = /^([0-9a-f]+)(;chunk-signature=([0-9a-f]{64}))?$/i.exec(line) ?? []
    if (size === '') throw incomplete()
    at += line.length + 2
    const bytes = Number.parseInt(size, 16)
    const chunk = raw.subarray(at, at + bytes)
    if (chunk.length < bytes) throw incomplete()
    if (isSigned) {
      if (chunkSignature(link, chunk) !== signature) throw mismatch()
      link = { ...link, signature }
    }
    if (bytes === 0) break
    if (raw.toString('latin1', at + bytes, at + bytes + 2) !== '\r\n') throw incomplete()
    chunks.push(chunk)
    at += bytes + 2
  }
  const whole = Buffer.concat(chunks)
  if (String(whole.length) !== headers.get('x-amz-decoded-content-length')) throw incomplete()
  return { bytes: whole, trailers: trailersAt(raw, at, headers, isSigned ? link : undefined) }
}

function trailersAt(raw: Buffer, from: number, headers: ReadonlyMap<string, string>, link: Seed | undefined) {
  const trailers = new Map<string, string>()
  for (let at = from; ; ) {
    const line = lineAt(raw, at)
    at += line.length + 2
    if (line === '') break
    const [name = '', value = ''] = line.split(/:(.*)/s)
    trailers.set(name.toLowerCase(), value)
  }
  const announced = (headers.get('x-amz-trailer') ?? '').split(',').filter(name => name !== '')
  if (announced.some(name => !trailers.has(name)))
    throw new Refusal(400, 'MalformedTrailerError', 'A trailer is missing.')
  if (link !== undefined && announced.length > 0) {
    const signed = announced.map(name => `${name}:${trailers.get(name)}\n`).join('')
    if (trailerSignature(link, signed) !== trailers.get('x-amz-trailer-signature')) throw mismatch()
  }
  return trailers
}

function lineAt(raw: Buffer, from: number): string {
  const end = raw.indexOf('\r\n', from)
  if (end < 0) throw incomplete()
  return raw.toString('latin1', from, end)
}

const incomplete = () => new Refusal(400, 'IncompleteBody', 'The request body terminated unexpectedly.')
const mismatch = () =>
  new Refusal(403, 'SignatureDoesNotMatch', 'A chunk does not have the signature that came with it.')
