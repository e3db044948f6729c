// What a saved plan of a restore was made from, so that it can be made anew and compared: a plan whose source or cluster no longer fits is not run.
import { DcosctlError } from '../../errors.ts'
import { planDifferences } from '../../plan/compare.ts'
import type { Action, DcosPlan } from '../../plan/vocabulary.ts'
import type { World } from '../../world.ts'
import { readableBackup } from '../named-backup.ts'
import type { RestoreOptions } from './options.ts'
import { planEmptied, planReplicatedLog } from './replicated-log/plan-replicated-log.ts'
import { planZookeeper } from './zookeeper/plan-zookeeper.ts'

interface MadeFrom {
  readonly backup: string
  readonly options: RestoreOptions
}

/** The plan as it would be made now; undefined for one that is none of a whole restore. @throws DcosctlError as planning does */
export async function madeAnew(world: World, saved: DcosPlan): Promise<DcosPlan | undefined> {
  const emptied = emptiedNode(saved)
  if (emptied !== undefined) return planEmptied(world, emptied, saved.accepted)
  const from = madeFrom(saved)
  if (!from) return undefined
  const { options } = from
  const backup = await readableBackup(await world.store(), world.file.cluster, from.backup)
  const plan = options.only.what === 'zookeeper' ? planZookeeper : planReplicatedLog
  return plan(world, backup, options, '')
}

function emptiedNode(plan: DcosPlan): string | undefined {
  for (const action of actionsOf(plan))
    if (action.do === 'lay-log-image' && action.source === null) return action.masters[0] ?? ''
  return undefined
}

function madeFrom(plan: DcosPlan): MadeFrom | undefined {
  const usual = { at: undefined, into: undefined, how: 'merge', node: undefined, identity: undefined } as const
  const { accepted } = plan
  for (const action of actionsOf(plan)) {
    if (action.do === 'lay-zookeeper-image') {
      const { source, at } = action
      const options = { ...usual, only: { what: 'zookeeper' }, at: { zxid: BigInt(at) }, accepted } as const
      return { backup: source.backup, options: withIdentity(options, source.identity) }
    }
    if (action.do === 'lay-log-image' && action.source) {
      const options = { ...usual, only: { what: 'replicated-log' }, accepted } as const
      return { backup: action.source.backup, options: withIdentity(options, action.source.identity) }
    }
  }
  return undefined
}

const withIdentity = (options: RestoreOptions, identity: string | null): RestoreOptions => ({
  ...options,
  identity: identity ?? undefined,
})

const actionsOf = ({ stages }: DcosPlan): readonly Action[] =>
  stages.flatMap(({ parts }) => parts).flatMap(part => (part.kind === 'step' ? [part.action] : []))

/** What is only said (notes) may differ. @throws DcosctlError REFUSED */
export function stillFits(saved: DcosPlan, made: DcosPlan, named: string): void {
  const differences = planDifferences(saved, made)
  if (differences.length === 0) return
  throw new DcosctlError('REFUSED', {
    what: `The plan in ${named} no longer fits: ${differences.join('; ')}.`,
    state: 'Nothing was changed.',
    next: ['make it anew:  dcosctl restore BACKUP --only … --plan --out plan.json'],
  })
}
