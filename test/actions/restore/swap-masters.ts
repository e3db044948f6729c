// Three masters that are folders of this machine: the scripts of a swap run there for real, on a systemd that only remembers what it was told.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderOf, placesOf } from '../../../src/actions/restore/swap/places.ts'
import type { StepContext } from '../../../src/engine/ports.ts'
import { Unreachable } from '../../../src/ssh/errors.ts'
import type { Host, Ran, RunOptions } from '../../../src/ssh/host.ts'
import type { World } from '../../../src/world.ts'
import { fakeWorld } from '../../fake-world.ts'
import { scratch } from '../../scratch.ts'

export const masters = ['m1', 'm2', 'm3'] as const
const run = '2026-11-20T020000Z-7f3a'
const { root, folders } = placesOf('replicated-log')

export interface SwapMasters {
  readonly world: World
  /** Nobody reaches it from now on. */
  cutOff(master: string): void
  /** Every script of a master that makes sure of what it wrote waits there, until let go. */
  holdWrites(master: string): void
  letGo(master: string): void
  /** What is in place: `old` or `new`. */
  data(master: string): readonly string[]
  /** Whether this is there, in the run's folder. */
  has(master: string, file: string): boolean
  /** The token of the driver that the master obeys. */
  token(master: string): number
}

/** Each has a whole image of replicated logs beside its own. */
export function swapMasters(): SwapMasters {
  const machine = scratch()
  const cut = new Set<string>()
  const inMaster = (master: string, path: string) => join(machine, master, path)
  for (const master of masters) layOut(inMaster(master, ''))
  const fake = fakeWorld()
  const host = async (name: string): Promise<Host> => {
    if (cut.has(name)) throw new Unreachable(name, { what: `${name} can't be reached` })
    return { ...fake.node(name).host, run: (script, options) => runIn(inMaster(name, ''), script, options) }
  }
  const own = (master: string, file: string) => inMaster(master, join(folderOf('replicated-log', run), file))
  return {
    world: { ...fake.world, hosts: { ...fake.world.hosts, host } },
    cutOff: master => void cut.add(master),
    holdWrites: master => writeFileSync(inMaster(master, 'hold'), ''),
    letGo: master => writeFileSync(inMaster(master, 'go'), ''),
    data: master => folders.map(({ at }) => readFileSync(inMaster(master, join(root, at, 'says')), 'utf8')),
    has: (master, file) => existsSync(own(master, file)),
    token: master => Number.parseInt(readFileSync(inMaster(master, '/var/lib/dcosctl/token'), 'utf8'), 10),
  }
}

/** Of the driver with this token. */
export const contextOf = (token: number, more: Partial<StepContext> = {}): StepContext => ({
  ...{ run, part: 'swap/data', attempt: 1, token, signal: new AbortController().signal, say: () => undefined },
  ...more,
})

function layOut(master: string): void {
  const folder = join(master, folderOf('replicated-log', run))
  for (const { at, name } of folders) {
    for (const [place, says] of [
      [join(master, root, at), 'old'],
      [join(folder, 'new', name), 'new'],
    ] as const) {
      mkdirSync(place, { recursive: true })
      writeFileSync(join(place, 'says'), says)
    }
  }
  writeFileSync(join(folder, 'laid'), 'image=x epoch=none bytes=1\n')
  for (const path of ['/etc/systemd/system', '/proc/net', '/var/lib/dcosctl', 'units'])
    mkdirSync(join(master, path), { recursive: true })
  program(
    master,
    'systemctl',
    `case $1 in
show) if [ -e "$units/$4" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi;;
start) shift; for unit; do case $unit in -*) ;; *) : >"$units/$unit";; esac; done;;
stop) rm -f "$units/$2";;
esac`,
  )
  program(
    master,
    'systemd-run',
    'for word; do case $word in --unit=*) : >"$units/$(echo "$word" | cut -c8-).timer";; esac; done',
  )
  program(master, 'sync', 'while [ -e "$units/../hold" ] && [ ! -e "$units/../go" ]; do sleep 0.01; done')
}

function program(master: string, name: string, body: string): void {
  mkdirSync(join(master, 'bin'), { recursive: true })
  const file = join(master, 'bin', name)
  writeFileSync(file, `#!/bin/sh\nunits=${join(master, 'units')}\n${body}\n`)
  chmodSync(file, 0o755)
}

/** As on a machine whose root is `master`. */
function runIn(master: string, script: string, { args = [], stdin }: RunOptions): Promise<Ran> {
  const within = (text: string) => text.replaceAll(/\/(?=(?:var\/lib|etc\/systemd|proc\/net)\/)/g, `${master}/`)
  const child = spawn('sh', ['-c', within(script), 'sh', ...args.map(within)], {
    env: { PATH: `${join(master, 'bin')}:${process.env.PATH}` },
  })
  const said = { stdout: '', stderr: '' }
  for (const which of ['stdout', 'stderr'] as const)
    child[which].setEncoding('utf8').on('data', (text: string) => {
      said[which] += text
    })
  child.stdin.on('error', () => undefined) // one that reads nothing may end before it was all written
  child.stdin.end(stdin ? Buffer.from(within(Buffer.from(stdin).toString())) : undefined)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', exit => resolve({ exit: exit ?? 137, ...said }))
  })
}
