// The annotated cluster file of the README is one that dcosctl takes, names every key there is, and tells the defaults as they are.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseClusterFile } from '../../src/config/load.ts'
import { type ClusterFile, clusterFile } from '../../src/config/schema.ts'
import { fenced, section } from '../readme-text.ts'

const [example = ''] = fenced(section('The cluster file'), 'yaml')

function parsed(text: string): ClusterFile {
  const result = parseClusterFile(text)
  if ('findings' in result) throw new Error(result.findings.map(({ line, says }) => `line ${line}: ${says}`).join('\n'))
  return result.file
}

test('the example is taken without a finding', () => {
  expect(parseClusterFile(example)).not.toHaveProperty('findings')
})

test('the example names every key that there is', () => {
  const named = new Set(example.match(/[A-Za-z0-9]+(?=:(\s|$))/gm))
  expect([...keysOf(z.toJSONSchema(clusterFile, { io: 'input' }))].filter(key => !named.has(key))).toEqual([])
})

test('what has a default stands in the example with it', () => {
  const least = parsed(`
cluster: { name: least, id: 3f2a9c1e-8b44-4b1c-9c55-0f6f6f7a2d10 }
masters: [{ name: m1, address: 192.0.2.1 }]
ssh: {}
store: { s3: { bucket: backups } }
encryption: none`)
  const { ssh, zookeeper, store, schedule, upgrade, patience, thresholds } = least
  const defaults = scalars({ ssh, zookeeper, store, schedule, upgrade, patience, thresholds }).filter(
    ([path]) => path !== 'store.s3.bucket',
  )
  const told = new Map(scalars(parsed(example)))
  expect(defaults.length).toBeGreaterThan(15)
  expect(defaults.map(([path]) => [path, told.get(path)])).toEqual(defaults)
})

/** Names of the properties anywhere in a JSON schema. */
function keysOf(schema: unknown): Set<string> {
  const keys = new Set<string>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if ('properties' in node && typeof node.properties === 'object' && node.properties !== null)
      for (const key of Object.keys(node.properties)) keys.add(key)
    for (const child of Object.values(node)) walk(child)
  }
  walk(schema)
  return keys
}

/** Every text, number and truth value in it by its path; lists are left out. */
function scalars(value: unknown, path = ''): readonly (readonly [path: string, value: unknown])[] {
  if (Array.isArray(value) || value === undefined) return []
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, child]) => scalars(child, path ? `${path}.${key}` : key))
}
