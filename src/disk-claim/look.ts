// Asks every master at once what claim stands on its disk, or changes it there; a master that can't be asked says why.
import { because } from '../errors.ts'
import type { NodeName } from '../plan/types.ts'
import { ScriptFailed, StrangeAnswer } from '../ssh/errors.ts'
import { masterNames, type World } from '../world.ts'
import { type DiskClaimNode, readDiskClaim } from './format.ts'
import { beatScript, changeScript, lookScript } from './scripts.ts'

const base = '/var/lib/dcosctl'
const within = 30_000

export type Masters = Pick<World, 'hosts' | 'file'>

/** The claim on one disk. */
export interface Standing {
  readonly node: DiskClaimNode
  readonly text: string
  /** Seconds since its driver last showed itself, by that master's clock. */
  readonly age: number
}

/** What one master's disk holds. */
export interface Disk {
  readonly master: NodeName
  /** The highest fencing token that the node remembers. */
  readonly token: number
  /** Runs that gave the cluster back, or lost it for good. */
  readonly released: readonly string[]
  readonly claim: Standing | undefined
}

export interface Disks {
  readonly masters: number
  readonly asked: readonly Disk[]
  readonly unasked: readonly { readonly master: NodeName; readonly why: string }[]
}

/** Writes nothing. @throws DcosctlError REFUSED where a claim can't be read */
export const lookAtDisks = (world: Masters): Promise<Disks> =>
  onDisks(world, masterNames(world), async master => ask(world, master, lookScript, []))

/** Shows others that the driver of this claim lives. @throws DcosctlError REFUSED */
export const beat = (world: Masters, text: string): Promise<Disks> =>
  onDisks(world, masterNames(world), async master => ask(world, master, beatScript, [text]))

export interface Change {
  readonly master: NodeName
  /** Nothing happens where anything else stands; '' for none. */
  readonly from: string
  readonly to: string
  /** For the node to remember. */
  readonly token?: { readonly token: number; readonly run: string }
  /** The run whose claim is worth nothing from now on, wherever it still stands. */
  readonly released?: string
}

/** What stands there afterwards: whoever's. @throws DcosctlError REFUSED */
export const changeDisks = (world: Masters, changes: readonly Change[]): Promise<Disks> => {
  const of = new Map(changes.map(change => [change.master, change]))
  return onDisks(world, [...of.keys()], async master => {
    const { from = '', to = '', token, released = '' } = of.get(master) ?? {}
    return ask(world, master, changeScript, [from, to, token ? `${token.token} ${token.run}` : '', released])
  })
}

async function onDisks(
  world: Masters,
  names: readonly NodeName[],
  askOne: (master: NodeName) => Promise<string>,
): Promise<Disks> {
  const answers = await Promise.all(
    names.map(async master => {
      try {
        return { master, said: await askOne(master) }
      } catch (error) {
        return { master, why: because(error) }
      }
    }),
  )
  return {
    masters: masterNames(world).length,
    asked: answers.flatMap(({ master, said }) => (said === undefined ? [] : [readDisk(master, said)])),
    unasked: answers.flatMap(({ master, why }) => (why === undefined ? [] : [{ master, why }])),
  }
}

async function ask({ hosts }: Masters, master: NodeName, script: string, args: readonly string[]): Promise<string> {
  const host = await hosts.host(master)
  const ran = await host.run(script, { as: 'root', args: [base, ...args], within })
  if (ran.exit !== 0) throw new ScriptFailed(master, ran.exit, ran.stderr, 'asking for the claim')
  if (ran.stdout.endsWith('end=look\n')) return ran.stdout
  throw new StrangeAnswer(master, { what: `the answer of ${master} about the claim on its disk was cut short` })
}

function readDisk(master: NodeName, said: string): Disk {
  const values = (key: string) =>
    said.split('\n').flatMap(line => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []))
  const [text] = values('claim')
  return {
    master,
    token: Number(values('token')[0]) || 0,
    released: values('released'),
    // Its clock may have been set back meanwhile.
    claim:
      text === undefined
        ? undefined
        : { text, node: readDiskClaim(master, text), age: Math.abs(Number(values('age')[0])) },
  }
}
