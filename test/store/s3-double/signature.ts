// Signature Version 4, from the server's side: what was signed is put together again and signed with the secret that the server knows.
// S3 API Reference, "Authenticating Requests: Using the Authorization Header".
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { Refusal } from './refusal.ts'

export interface Signed {
  readonly method: string
  /** As it came on the line. */
  readonly path: string
  readonly query: string
  readonly headers: ReadonlyMap<string, string>
}

/** What a signed payload goes on from. */
export interface Seed {
  readonly key: Buffer
  readonly at: string
  readonly scope: string
  readonly signature: string
}

const mostSkew = 15 * 60 * 1000

/** @throws Refusal as S3 words it */
export function checkSignature(request: Signed, secrets: ReadonlyMap<string, string>, now: Date): Seed {
  const header = (name: string) => request.headers.get(name) ?? ''
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+?), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    header('authorization'),
  )
  if (parts === null) throw new Refusal(403, 'AccessDenied', 'Access Denied: the request is not signed')
  const [, credential = '', names = '', signature = ''] = parts
  const [accessKey = '', day = '', region = '', service = '', end = ''] = credential.split('/')
  const secret = secrets.get(accessKey)
  if (secret === undefined)
    throw new Refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.')
  const at = header('x-amz-date')
  if (service !== 's3' || end !== 'aws4_request' || !at.startsWith(day)) {
    throw new Refusal(400, 'AuthorizationHeaderMalformed', 'The credential scope is not one of S3 and of this day.')
  }
  if (Math.abs(momentOf(at) - now.getTime()) > mostSkew) {
    const says = 'The difference between the request time and the current time is too large.'
    throw new Refusal(403, 'RequestTimeTooSkewed', says)
  }
  const signedNames = names.split(';')
  const mustBeSigned = [...request.headers.keys()].filter(name => name === 'host' || name.startsWith('x-amz-'))
  const unsigned = mustBeSigned.filter(name => !signedNames.includes(name))
  if (unsigned.length > 0) {
    throw new Refusal(
      403,
      'AccessDenied',
      `There were headers present in the request which were not signed: ${unsigned}`,
    )
  }

  const scope = [day, region, service, end].join('/')
  const canonical = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...signedNames.map(name => `${name}:${header(name).trim().replaceAll(/ +/g, ' ')}`),
    '',
    names,
    header('x-amz-content-sha256'),
  ].join('\n')
  const key = signingKey(secret, day, region)
  const wanted = sign(key, ['AWS4-HMAC-SHA256', at, scope, hex(canonical)].join('\n'))
  if (!timingSafeEqual(Buffer.from(wanted), Buffer.from(signature))) {
    const says =
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.'
    throw new Refusal(403, 'SignatureDoesNotMatch', says)
  }
  return { key, at, scope, signature }
}

/** The signature of the next chunk of a signed payload ("Signature Calculations: Transferring Payload in Multiple Chunks"). */
export function chunkSignature({ key, at, scope, signature }: Seed, chunk: Buffer): string {
  return sign(key, ['AWS4-HMAC-SHA256-PAYLOAD', at, scope, signature, hex(''), hex(chunk)].join('\n'))
}

export function trailerSignature({ key, at, scope, signature }: Seed, trailer: string): string {
  return sign(key, ['AWS4-HMAC-SHA256-TRAILER', at, scope, signature, hex(trailer)].join('\n'))
}

export const hex = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sign = (key: Buffer, text: string): string => hmac(key, text).toString('hex')

const signingKey = (secret: string, day: string, region: string): Buffer =>
  ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region))

/** `20261120T020000Z` */
const momentOf = (at: string): number =>
  Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')) || 0

/** S3 encodes the path once, and does not normalise it. */
const canonicalPath = (path: string): string =>
  path
    .split('/')
    .map(part => encoded(decodeURIComponent(part)))
    .join('/')

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter(pair => pair !== '')
    .map(pair => {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      return `${encoded(decodeURIComponent(name))}=${encoded(decodeURIComponent(value))}`
    })
    .sort()
    .join('&')
}

const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
