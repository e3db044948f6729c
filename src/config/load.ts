// Reads and checks the cluster file whole: every finding at once, each with its line and path.
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { because, DcosctlError } from '../errors.ts'
import { brokenRules } from './rules.ts'
import { type ClusterFile, clusterFile } from './schema.ts'

export interface Finding {
  readonly line: number
  readonly path: string
  readonly says: string
}

type Path = readonly PropertyKey[]

/** All findings of a cluster file's text, or the file with its defaults filled in. Pure. */
export function parseClusterFile(
  text: string,
): { readonly file: ClusterFile } | { readonly findings: readonly Finding[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const findings: Finding[] = []
  for (const error of document.errors)
    findings.push({ line: lines.linePos(error.pos[0]).line, path: '', says: error.message })
  if (findings.length > 0) return { findings }

  /** Of the key, for its value may begin further down; of the nearest thing above where it is not there. */
  const lineOf = (path: Path): number => {
    for (let length = path.length; length >= 0; length--) {
      const above = length === 0 ? undefined : document.getIn(path.slice(0, length - 1), true)
      const pair = isMap(above) && above.items.find(({ key }) => isScalar(key) && key.value === path[length - 1])
      const node = pair ? pair.key : length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
      if (hasRange(node)) return lines.linePos(node.range[0]).line
    }
    return 1
  }
  const find = (path: Path, says: string) => findings.push({ line: lineOf(path), path: sayPath(path), says })

  const parsed = clusterFile.safeParse(document.toJS())
  if (!parsed.success) {
    for (const issue of parsed.error.issues) for (const { path, says } of spread(issue)) find(path, says)
    return { findings: inOrder(findings) }
  }
  for (const { path, says } of brokenRules(parsed.data)) find(path, says)
  return findings.length > 0 ? { findings: inOrder(findings) } : { file: parsed.data }
}

/** The places where a cluster file is looked for, first found wins. */
export function clusterFilePlaces(
  flag: string | undefined,
  environment: NodeJS.ProcessEnv,
  cwd: string,
): readonly string[] {
  const named = flag ?? environment.DCOSCTL_CONFIG
  if (named) return [isAbsolute(named) ? named : resolve(cwd, named)]
  const home = environment.XDG_CONFIG_HOME ?? join(environment.HOME ?? '/', '.config')
  return [join(cwd, 'dcosctl.yaml'), join(home, 'dcosctl', 'config.yaml')]
}

/** @throws DcosctlError USAGE when there is no file or it has findings. */
export async function loadClusterFile(
  places: readonly string[],
): Promise<{ readonly path: string; readonly file: ClusterFile }> {
  for (const path of places) {
    const text = await readIfThere(path)
    if (text === undefined) continue
    const parsed = parseClusterFile(text)
    if ('file' in parsed) return { path, file: parsed.file }
    const list = parsed.findings.map(({ line, path: at, says }) => `  line ${line}: ${at ? at + ' ' : ''}${says}`)
    throw new DcosctlError('USAGE', {
      what: `${path} has ${list.length === 1 ? 'a mistake' : `${list.length} mistakes`}:\n${list.join('\n')}`,
      state: 'Nothing was touched.',
      next: [`edit ${path}, then try again`],
    })
  }
  throw new DcosctlError('USAGE', {
    what: `There is no cluster file: looked for ${places.join(' and ')}.`,
    state: 'Nothing was touched.',
    next: ['write one:  dcosctl init --master HOST', 'or name it:  --config FILE'],
  })
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new DcosctlError('USAGE', {
      what: `${path} can't be read: ${because(error)}.`,
      state: 'Nothing was touched.',
    })
  }
}

/** A union's issue says what each of its members minds; unknown keys are named one by one. */
function spread(issue: z.core.$ZodIssue): { readonly path: Path; readonly says: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({ path: [...issue.path, key], says: 'is not a key that dcosctl knows' }))
  }
  if (issue.code === 'invalid_union') {
    const closest = issue.errors.toSorted((a, b) => deepest(b) - deepest(a))[0]
    if (closest && deepest(closest) > 0) {
      return closest.flatMap(inner => spread({ ...inner, path: [...issue.path, ...inner.path] }))
    }
  }
  return [{ path: issue.path, says: plain(issue.message) }]
}

const deepest = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map(issue => issue.path.length))

const plain = (message: string): string =>
  message.replace(/^Invalid input: /, '').replace(/^Invalid /, 'is not a valid ')

const hasRange = (node: unknown): node is { readonly range: readonly [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)

const sayPath = (path: Path): string =>
  path.reduce<string>(
    (said, key) => (typeof key === 'number' ? `${said}[${key}]` : said ? `${said}.${String(key)}` : String(key)),
    '',
  )

const inOrder = (findings: readonly Finding[]): readonly Finding[] => findings.toSorted((a, b) => a.line - b.line)
