// A subtree of ZooKeeper is what a backup says of it, by the rule that it was restored by.

import { readSubtree } from '../actions/restore/read-subtree.ts'
import { ruleOf } from '../actions/restore/restore-subtree.ts'
import { few } from '../cluster/few.ts'
import { zookeeperPipe } from '../survey/zookeeper-pipe.ts'
import { masterNames } from '../world.ts'
import { renderPath } from '../zookeeper/files/print-tree.ts'
import type { Difference } from '../zookeeper/subtree/compare.ts'
import { compare } from '../zookeeper/subtree/restore.ts'
import type { Ask } from './checker.ts'

export const subtreeAsBackup: Ask<'subtree-as-backup'> = async (check, world) => {
  const { wanted } = await readSubtree(world, check)
  const { pipe } = await zookeeperPipe(world, masterNames(world))
  const wantedText = `${check.into} as ${check.how} of the backup leaves it`
  try {
    const { difference } = await compare(pipe, wanted, ruleOf(check))
    const saw = said(difference)
    if (saw === undefined) {
      const { unseen } = difference
      const hidden = unseen.length > 0 ? `; ${unseen.length} can't be seen with these credentials` : ''
      return { well: true, saw: `no difference in ${wanted.znodes.size} znodes${hidden}`, wanted: wantedText }
    }
    return {
      well: false,
      saw,
      wanted: wantedText,
      remedy: 'if a service writes there, stop it; then dcosctl run resume',
    }
  } finally {
    await pipe.close()
  }
}

function said({ creates, sets, acls, removes, counters, stays }: Difference): string | undefined {
  const named = (what: string, paths: readonly string[]) =>
    paths.length === 0 ? [] : [`${paths.length} ${what} (${few(paths.map(renderPath))})`]
  const all = [
    ...named(
      'missing',
      creates.map(({ znode }) => znode.path),
    ),
    ...named(
      'with other data',
      sets.map(({ znode }) => znode.path),
    ),
    ...named(
      'with another ACL',
      acls.map(({ path }) => path),
    ),
    ...named(
      'not in the backup',
      removes.map(({ path }) => path),
    ),
    ...named('made since the plan', stays.later),
    ...named(
      'that would give a sequence number twice',
      counters.map(({ path }) => path),
    ),
  ]
  return all.length === 0 ? undefined : all.join(', ')
}
