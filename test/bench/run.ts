// `npm run bench [NAME…]`: runs every bench, or those named, one after the other; shows their figures and keeps them in results/.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { type Line, line } from './report.ts'

const ending = '.bench.ts'
const wanted = process.argv.slice(2)
const all = readdirSync(import.meta.dirname).filter(file => file.endsWith(ending))
const unknown = wanted.filter(name => !all.includes(name + ending))
if (unknown.length > 0) {
  process.stderr.write(`There is no bench ${unknown.join(', ')}; there are ${all.map(nameOf).join(', ')}.\n`)
  process.exit(2)
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const date = new Date().toISOString().slice(0, 10)
const lines: Line[] = []
const failed: string[] = []
const machine = {
  node: process.version,
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? '?',
  loadBefore: loadavg(),
}
process.stdout.write(
  `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, load before: ${loadavg()
    .map(load => load.toFixed(1))
    .join(' ')}\n`,
)

for (const file of all) {
  if (wanted.length > 0 && !wanted.includes(nameOf(file))) continue
  process.stdout.write(`\n${nameOf(file)}\n`)
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, file)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 16 * 1024 * 1024,
  })
  const said = stdout
    .split('\n')
    .filter(Boolean)
    .map(text => line.parse(JSON.parse(text)))
  for (const one of said) process.stdout.write(`${row(one)}\n`)
  lines.push(...said)
  if (status === 0) continue
  failed.push(nameOf(file))
  process.stdout.write(`  did not run to its end (exit ${status})\n`)
}

if (wanted.length === 0 && failed.length === 0) {
  const results = join(import.meta.dirname, 'results')
  mkdirSync(results, { recursive: true })
  const kept = join(results, `${date}-${commit}.json`)
  writeFileSync(kept, `${JSON.stringify({ commit, date, machine, lines }, undefined, 2)}\n`)
  process.stdout.write(`\nKept in ${kept}\n`)
}
if (failed.length > 0) process.exit(1)

function nameOf(file: string): string {
  return file.slice(0, -ending.length)
}

/** 80 columns. A missed target says so; the run is no failure for it. */
function row(one: Line): string {
  if ('skipped' in one) return `  skipped: ${one.skipped}`
  if ('case' in one) return `  ${one.case.padEnd(60)} ${String(one.value).padStart(8)} ${one.unit}`
  const verdict = `${one.ratio} (wanted ${one.wanted})`
  const head = `  ${one.met ? 'met   ' : 'missed'} ${one.target}: ${verdict}`
  return one.why === undefined ? head : `${head}\n         ${one.why}`
}
