// Reads a logical copy again: its first line and every znode, each line checked.
import { z } from 'zod'
import type { ByteString } from '../pipeline/frame-writer.ts'
import type { BackedUpZnode } from '../subtree/wanted.ts'

const hexNumber = z.string().regex(/^0x[0-9a-f]{1,16}$/)

const head = z.object({
  zxid: hexNumber.nullable(),
  znodes: z.int().min(1),
  claim: z.enum(['exact', 'except', 'fuzzy']),
})

const line = z.object({
  path: z.string().startsWith('/'),
  dataBase64: z.base64().nullable(),
  acl: z.array(z.object({ perms: z.int(), scheme: z.string(), id: z.string() })),
  stat: z.object({ ephemeralOwner: hexNumber }),
  persisted: z.object({ cversion: z.int() }),
})

export type ZnodesHead = z.output<typeof head>

export class DamagedZnodes extends Error {
  override readonly name = 'DamagedZnodes'
}

const raw = (text: string): ByteString => Buffer.from(text, 'utf8').toString('latin1')

/** @throws DamagedZnodes where a line is not what it should be, one is missing, or a znode has no parent */
export async function readZnodes(
  bytes: AsyncIterable<Uint8Array>,
  onZnode: (znode: BackedUpZnode) => void,
): Promise<ZnodesHead> {
  let first: ZnodesHead | undefined
  let number = 0
  const paths = new Set<ByteString>()
  for await (const text of linesOf(bytes)) {
    number++
    if (number === 1) {
      first = parsed(head, text, number)
      continue
    }
    const { path, dataBase64, acl, stat, persisted } = parsed(line, text, number)
    const key = raw(path)
    if (paths.has(key)) throw new DamagedZnodes(`line ${number}: ${path} for the second time`)
    paths.add(key)
    onZnode({
      path: key,
      data: dataBase64 === null ? null : Buffer.from(dataBase64, 'base64'),
      acl: acl.map(({ perms, scheme, id }) => ({ perms, scheme: raw(scheme), id: raw(id) })),
      lifetime: BigInt(stat.ephemeralOwner) === 0n ? 'persistent' : 'ephemeral',
      created: persisted.cversion,
    })
  }
  if (!first) throw new DamagedZnodes('it has no first line')
  if (paths.size !== first.znodes)
    throw new DamagedZnodes(`${paths.size} znodes, the first line says ${first.znodes}: it was cut off`)
  for (const path of paths) {
    const parent = path.slice(0, path.lastIndexOf('/')) || '/'
    if (!paths.has(parent)) throw new DamagedZnodes(`${path} without ${parent}`)
  }
  return first
}

function parsed<T>(shape: z.ZodType<T>, text: string, number: number): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new DamagedZnodes(`line ${number} is not JSON`)
  }
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw new DamagedZnodes(`line ${number}: ${z.prettifyError(result.error).replaceAll('\n', ' ')}`)
}

/** @throws DamagedZnodes where the last line has no end */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Uint8Array[] = []
  for await (const piece of bytes) {
    let from = 0
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      yield Buffer.concat([...rest, piece.subarray(from, at)]).toString('utf8')
      rest = []
      from = at + 1
    }
    if (from < piece.length) rest.push(piece.subarray(from))
  }
  if (rest.length > 0) throw new DamagedZnodes('its last line has no end: it was cut off')
}
