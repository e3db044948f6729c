// Opens the fixtures (origin: test/fixtures/zookeeper/README.md) and the trees that ZooKeeper itself made of them.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

const FOLDER = fileURLToPath(new URL('../../fixtures/zookeeper/', import.meta.url))

export const fixture = (name: string): string => `${FOLDER}${name}.tar.gz`

const names = readdirSync(FOLDER)
  .filter(file => file.endsWith('.tar.gz'))
  .map(file => file.slice(0, -'.tar.gz'.length))

export const damagedNames = names.filter(name => name.startsWith('damaged-') || name === 'no-snapshot')
export const wholeNames = names.filter(name => !damagedNames.includes(name) && name !== 'apache-upgrade')

const firstLine = z.object({
  zxid: z.string(),
  znodes: z.number(),
  dataBytes: z.number(),
  ephemerals: z.number(),
  txnsReplayed: z.number(),
  firstTxnReplayed: z.string().nullable(),
  sessions: z.array(z.object({ id: z.string(), timeoutMs: z.number() })),
})

export type Summary = z.infer<typeof firstLine>

/** The lines of a `.jsonl.gz` beside the fixtures: what it says of the whole, and of each znode. */
export function truth(file: string): { summary: Summary; znodes: string[] } {
  const [first = '', ...znodes] = gunzipSync(readFileSync(FOLDER + file))
    .toString('utf8')
    .trimEnd()
    .split('\n')
  return { summary: firstLine.parse(JSON.parse(first)), znodes }
}

const verdict = z.object({
  name: z.string(),
  recoverable: z.string(),
  expectedFile: z.string().optional(),
  upToDamageFile: z.string().optional(),
  sameAs: z.string().optional(),
  zookeeperYieldsFile: z.string().optional(),
  lastZxidBeforeDamage: z.string().optional(),
})

export const verdicts = z.array(verdict).parse(JSON.parse(readFileSync(`${FOLDER}damaged.verdicts.json`, 'utf8')))
