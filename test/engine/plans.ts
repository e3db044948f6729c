// Plans for tests of the engine, in few words.
import type { Gate, Lane, LanePart, NodeName, Part, Patience, Rolling, Stage, Step } from '../../src/plan/types.ts'
import type { Toy, ToyCheck } from './fake-cluster.ts'
import type { ToyPlan } from './workstation.ts'

type ToyPart = Part<Toy, ToyCheck>
type ToyLanePart = LanePart<Toy, ToyCheck>

const patience: Patience = { within: 300, every: 10, steady: 0 }

export function step(id: string, action: Toy): Step<Toy> {
  return { kind: 'step', id, title: `${action.do} (${id})`, action }
}

export function gate(id: string, check: ToyCheck, change: Partial<Patience> = {}): Gate<ToyCheck> {
  return { kind: 'gate', id, title: `${check.ask} (${id})`, check, patience: { ...patience, ...change } }
}

export const note = (text: string): Step<Toy> => step(`note/${text}`, { do: 'note', text })
export const upgrade = (node: NodeName): Step<Toy> => step(`${node}/upgrade`, { do: 'upgrade', node, to: '2' })
export const serves = (node: NodeName): Gate<ToyCheck> => gate(`${node}/serves`, { ask: 'serves', node })
const othersServe = (node: NodeName): Gate<ToyCheck> => gate(`${node}/others-serve`, { ask: 'others-serve', node })

/** While its service is stopped, the node is copied. */
export function whileStopped(
  node: NodeName,
  parts: readonly (Step<Toy> | Gate<ToyCheck>)[] = [
    gate(`${node}/stopped`, { ask: 'stopped', node }),
    step(`${node}/copy`, { do: 'copy', node }),
  ],
): Extract<ToyLanePart, { kind: 'during' }> {
  return {
    kind: 'during',
    id: `${node}/while-stopped`,
    title: `while ${node} is stopped`,
    open: step(`${node}/stop`, { do: 'stop', node }),
    parts,
    close: step(`${node}/start`, { do: 'start', node }),
  }
}

/** Others serve, upgrade, serves. */
export function carefulLane(node: NodeName): Lane<Toy, ToyCheck> {
  return { node, parts: [othersServe(node), upgrade(node), serves(node)] }
}

export function rolling(
  id: string,
  lanes: readonly Lane<Toy, ToyCheck>[],
  change: Partial<Rolling<Toy, ToyCheck>> = {},
): Rolling<Toy, ToyCheck> {
  return {
    kind: 'rolling',
    id,
    title: `roll ${id}`,
    order: 'as-listed',
    atMost: 1,
    canaries: 0,
    soak: 0,
    budget: { failures: 0 },
    patience,
    lanes,
    ...change,
  }
}

export function stage(id: string, ...parts: readonly ToyPart[]): Stage<Toy, ToyCheck> {
  return { id, title: id, parts }
}

export function plan(...stages: readonly Stage<Toy, ToyCheck>[]): ToyPlan {
  return {
    format: 1,
    runbook: 'toy',
    kind: 'changing',
    onFailure: 'pause',
    cluster: { name: 'fake', id: 'fake-id' },
    title: 'a toy plan',
    notes: [],
    accepted: [],
    stages,
  }
}

/** The masters one at a time, who leads goes last. */
export function upgradeOf(...nodes: readonly NodeName[]): ToyPlan {
  return plan(
    stage('well', gate('all-serve', { ask: 'all-serve' })),
    stage('masters', rolling('masters', nodes.map(carefulLane), { order: 'by-rank' })),
  )
}
