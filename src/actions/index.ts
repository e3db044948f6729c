// Every action by its name. A missing one does not compile.
import type { Performers } from '../engine/ports.ts'
import type { Action } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { takeBackup } from './backup/take-backup.ts'
import { restoreSubtree } from './restore/restore-subtree.ts'
import { upgradeNode } from './upgrade-node.ts'

export const performers: Performers<Action, World> = {
  'take-backup': takeBackup,
  'restore-subtree': restoreSubtree,
  'upgrade-node': upgradeNode,
}
