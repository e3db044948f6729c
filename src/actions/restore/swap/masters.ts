// The masters of a swap: how each stands, and one script on all of them at once.
import type { StepContext } from '../../../engine/ports.ts'
import { because } from '../../../errors.ts'
import type { NodeName } from '../../../plan/types.ts'
import type { Replaced } from '../../../plan/vocabulary.ts'
import { Fenced, ScriptFailed } from '../../../ssh/errors.ts'
import type { World } from '../../../world.ts'
import { folderOf, type Places, placesOf } from './places.ts'
import { settledStateScript, stateScript } from './scripts.ts'

/** Milliseconds: a service has 90 s to stop before systemd kills it, and another script on the master may be waited for. */
const within = 310_000

export interface SwapState {
  /** What `laid` says; empty where there is no whole image. */
  readonly laid: string
  readonly mark: boolean
  /** Whether it was made ready for the mark since the last swap. */
  readonly ready: boolean
  /** Whether the unit starts only on settled data. */
  readonly guard: boolean
  readonly active: boolean
}

/** `$1` to `$6` of every script of a swap. */
export function placesArgs(what: Replaced, run: string): readonly string[] {
  const { root, unit, port, waits, folders }: Places = placesOf(what)
  const lines = folders.map(({ at, name }) => `${at} ${name}`).join('\n')
  return [root, folderOf(what, run), unit, String(port), waits ? 'yes' : 'no', lines]
}

/** Runs a script of `scripts.ts` on one master and gives what it printed. @throws NodeError saying what the script said */
export async function onMaster(
  world: World,
  node: NodeName,
  what: Replaced,
  { run, token }: Pick<StepContext, 'run' | 'token'>,
  script: string,
  ...more: readonly string[]
): Promise<string> {
  const host = await world.hosts.host(node)
  const args = [...placesArgs(what, run), String(token), run, ...more]
  const { exit, stdout, stderr } = await host.run(script, { as: 'root', args, within })
  if (exit === 0) return stdout
  if (stderr.includes('this master obeys run')) throw new Fenced(node, { what: `${node}: ${stderr.trim()}` })
  throw new ScriptFailed(node, exit, stderr, 'restoring its data')
}

/** On all; every one is tried. @throws Error naming each that failed */
export async function onMasters(
  masters: readonly NodeName[],
  work: (node: NodeName) => Promise<unknown>,
): Promise<void> {
  const failed = await failuresOn(masters, work)
  if (failed.length > 0) throw new Error(failed.join('; '))
}

/** What went wrong where; empty where nothing did. */
export async function failuresOn(
  masters: readonly NodeName[],
  work: (node: NodeName) => Promise<unknown>,
): Promise<readonly string[]> {
  const ended = await Promise.allSettled(masters.map(work))
  return ended.flatMap((one, at) => (one.status === 'rejected' ? [`${masters[at]}: ${because(one.reason)}`] : []))
}

/** Changes nothing. */
async function stateOf(world: World, node: NodeName, what: Replaced, run: string): Promise<SwapState> {
  const host = await world.hosts.host(node)
  const { exit, stdout, stderr } = await host.run(stateScript, {
    as: 'root',
    args: placesArgs(what, run),
    within: 30_000,
  })
  if (exit !== 0) throw new ScriptFailed(node, exit, stderr, 'looking at its data')
  return parsed(stdout)
}

/**
 * Once every script that was begun there has ended: what it says stays true until we change it, for an earlier driver is refused from then on.
 * @throws NodeError also where one has not ended in time
 */
export const settledStateOf = async (
  world: World,
  node: NodeName,
  what: Replaced,
  context: Pick<StepContext, 'run' | 'token'>,
): Promise<SwapState> => parsed(await onMaster(world, node, what, context, settledStateScript))

function parsed(stdout: string): SwapState {
  const said = new Map(stdout.split('\n').map(line => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]))
  return {
    laid: said.get('laid') ?? '',
    mark: said.get('mark') === 'yes',
    ready: said.get('ready') === 'yes',
    guard: said.get('guard') === 'yes',
    active: said.get('active') === 'active',
  }
}

export const statesOf = (
  world: World,
  masters: readonly NodeName[],
  what: Replaced,
  run: string,
): Promise<readonly SwapState[]> => Promise.all(masters.map(node => stateOf(world, node, what, run)))
