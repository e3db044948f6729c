// The IAM database (users, groups, permissions), as SQL that DC/OS' own program prints and loads again.
import { decodedOnTheWay } from './decoded.ts'
import { idleWithin, type OpenSource } from './source.ts'

/** dcos/dcos packages/cockroach/extra/iam-database-backup.py: the dump on stdout, its log on stderr. */
const script = '/opt/mesosphere/bin/dcos-shell iam-database-backup\n'

export const iamDatabase: OpenSource = async (world, { from }, signal) => {
  const host = await world.hosts.host(from)
  const { stdout } = await host.stream(script, { as: 'root', idleWithin, signal })
  const { plain, result } = decodedOnTheWay(stdout, readSqlDump)
  return { plain, content: () => ({ kind: 'iam-database', from, ...result() }) }
}

/** A statement that a dump may begin with; comments and empty lines may stand before it. */
const begins = /^(?:\s|--[^\n]*\n)*(?:CREATE|SET|BEGIN|USE)\b/
const enough = 65_536

interface Dump {
  readonly tables: number
}

/** @throws Error unless it begins like SQL, creates a table and ends with the end of a statement: an empty or cut dump restores nothing. */
export async function readSqlDump(stream: AsyncIterable<Uint8Array>): Promise<Dump> {
  let head = ''
  let line = ''
  let tables = 0
  const text = new TextDecoder('utf-8', { fatal: true })
  const take = (decoded: string) => {
    if (head.length < enough) head += decoded.slice(0, enough - head.length)
    const lines = (line + decoded).split('\n')
    line = (lines.pop() ?? '').slice(-enough)
    for (const whole of lines) {
      if (/^CREATE TABLE\b/.test(whole)) tables++
      if (whole.trim() !== '') last = whole
    }
  }
  let last = ''
  for await (const chunk of stream) take(text.decode(chunk, { stream: true }))
  take(`${text.decode()}\n`)
  if (head.trim() === '') throw new Error('the dump of the IAM database is empty')
  if (!begins.test(head)) throw new Error(`the dump of the IAM database does not begin like SQL`)
  if (tables === 0) throw new Error('the dump of the IAM database creates no table')
  if (!last.trimEnd().endsWith(';')) throw new Error('the dump of the IAM database ends within a statement')
  return { tables }
}
