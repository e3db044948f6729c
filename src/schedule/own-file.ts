// A file outside of dcosctl's own folders that dcosctl wrote: its first line says so, and whether it still is as it was written.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** What `show` and `remove` need to know of it again; stands in its second line. */
const facts = z.strictObject({
  cluster: z.string(),
  id: z.string(),
  system: z.enum(['cron', 'systemd']),
  cron: z.string(),
  /** Seconds. */
  jitter: z.number(),
  user: z.string(),
  home: z.string(),
  launcher: z.string(),
  config: z.string(),
})
export type ScheduleFacts = z.output<typeof facts>

const marker = '# dcosctl-schedule 1 sha256='

export type SeenFile =
  | { readonly is: 'absent' }
  /** There is such a file, and dcosctl did not write it. */
  | { readonly is: 'foreign'; readonly text: string }
  | { readonly is: 'as-written' | 'edited'; readonly text: string; readonly facts: ScheduleFacts | undefined }

/** `body`: lines of a format in which # begins a comment. */
export function marked(about: ScheduleFacts, body: string): string {
  const rest = `# ${JSON.stringify(about)}\n${body}`
  return `${marker}${digest(rest)}\n${rest}`
}

/** Pure. */
export function judge(text: string): SeenFile {
  const end = text.indexOf('\n')
  const rest = text.slice(end + 1)
  if (end < 0 || !text.startsWith(marker)) return { is: 'foreign', text }
  const is = text.slice(marker.length, end) === digest(rest) ? 'as-written' : 'edited'
  return { is, text, facts: factsOf(rest.split('\n')[0] ?? '') }
}

export async function seeFile(path: string): Promise<SeenFile> {
  try {
    return judge(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return { is: 'absent' }
    throw error
  }
}

function factsOf(line: string): ScheduleFacts | undefined {
  try {
    return facts.parse(JSON.parse(line.replace(/^# /, '')))
  } catch {
    return undefined
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
