// Every action by its name. A missing one does not compile.
import type { Performers } from '../engine/ports.ts'
import type { Action } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { copyStopped, startAgain } from './backup/copy-stopped.ts'
import { takeBackup } from './backup/take-backup.ts'
import { discardUploads } from './prune/discard-uploads.ts'
import { removeBackup } from './prune/remove-backup.ts'
import { removeLeftover } from './prune/remove-leftover.ts'
import { layLogImage } from './restore/lay-log-image.ts'
import { layZookeeperImage } from './restore/lay-zookeeper-image.ts'
import { putApp } from './restore/put-app.ts'
import { putJob } from './restore/put-job.ts'
import { removeApp } from './restore/remove-app.ts'
import { removeJob } from './restore/remove-job.ts'
import { restoreSubtree } from './restore/restore-subtree.ts'
import { startAfterSwap } from './restore/swap/start-after-swap.ts'
import { stopForSwap } from './restore/swap/stop-for-swap.ts'
import { swapData } from './restore/swap/swap-data.ts'
import { upgradeNode } from './upgrade-node.ts'

export const performers: Performers<Action, World> = {
  'take-backup': takeBackup,
  'copy-stopped': copyStopped,
  'start-again': startAgain,
  'restore-subtree': restoreSubtree,
  'upgrade-node': upgradeNode,
  'put-app': putApp,
  'remove-app': removeApp,
  'put-job': putJob,
  'remove-job': removeJob,
  'remove-backup': removeBackup,
  'remove-leftover': removeLeftover,
  'discard-uploads': discardUploads,
  'lay-zookeeper-image': layZookeeperImage,
  'lay-log-image': layLogImage,
  'stop-for-swap': stopForSwap,
  'swap-data': swapData,
  'start-after-swap': startAfterSwap,
}
