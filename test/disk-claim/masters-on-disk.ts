// Masters for tests of the claim on their disks: no machine and no SSH, but the real scripts in a real shell over a folder per master.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { clusterFile } from '../../src/config/schema.ts'
import type { Masters } from '../../src/disk-claim/look.ts'
import { Unreachable } from '../../src/ssh/errors.ts'
import type { Host, RunOptions } from '../../src/ssh/host.ts'

export interface MastersOnDisk {
  readonly world: Masters
  /** Those that can't be reached. */
  readonly down: Set<string>
  /** What `/var/lib/dcosctl` of a master is here. */
  folder(master: string): string
  /** The claim's text there; undefined for none. */
  claimOn(master: string): string | undefined
  /** As if nobody had given a sign of life there for so many seconds. */
  silentFor(master: string, seconds: number): void
  /** Called before each script; what it throws is what the caller gets. */
  before: (master: string, args: readonly string[]) => void
  /** Called after each script; what it throws is what the caller gets instead of the answer. */
  after: (master: string, args: readonly string[]) => void
}

const base = '/var/lib/dcosctl'

export function mastersOnDisk(names: readonly string[] = ['m1', 'm2', 'm3']): MastersOnDisk {
  const root = inMemory()
  for (const name of names) mkdirSync(join(root, name))
  const file = clusterFile.parse({
    cluster: { name: 'orchard', id: 'aa11bb22-0000-4000-8000-00000000cafe' },
    masters: names.map((name, index) => ({ name, address: `127.0.0.${index + 1}` })),
    ssh: {},
  })
  const down = new Set<string>()
  const folder = (master: string) => join(root, master)
  const claimFile = (master: string) => join(folder(master), 'claim/claim.json')
  const it: MastersOnDisk = {
    down,
    folder,
    claimOn(master) {
      try {
        return readFileSync(claimFile(master), 'utf8').trim()
      } catch {
        return undefined
      }
    },
    silentFor(master, seconds) {
      const then = Date.now() / 1000 - seconds
      utimesSync(claimFile(master), then, then)
    },
    before: () => {},
    after: () => {},
    world: {
      file,
      hosts: {
        async host(name) {
          if (down.has(name)) throw new Unreachable(name, { what: `${name} does not answer` })
          return hostOf(name, folder(name), it)
        },
        close: async () => {},
      },
    },
  }
  return it
}

function hostOf(name: string, folder: string, masters: MastersOnDisk): Host {
  const none = async () => Promise.reject(new Error('only scripts are run here'))
  return {
    name,
    address: name,
    async run(script: string, { args = [] }: RunOptions) {
      masters.before(name, args)
      const here = args.map(arg => (arg === base ? folder : arg))
      const ran = await promisify(execFile)('sh', ['-c', script, 'sh', ...here]).catch(error => error)
      masters.after(name, args)
      return { exit: ran.code ?? 0, stdout: ran.stdout, stderr: ran.stderr }
    },
    stream: none,
    connect: none,
    http: none,
    put: none,
  }
}

/** Every claim is flushed to disk many times; where it can be had, a disk that costs nothing is enough here. */
function inMemory(): string {
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dcosctl-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}
