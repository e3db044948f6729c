// Every action by its name. A missing one does not compile.
import type { Performers } from '../engine/ports.ts'
import type { Action } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { takeBackup } from './backup/take-backup.ts'
import { layLogImage } from './restore/lay-log-image.ts'
import { layZookeeperImage } from './restore/lay-zookeeper-image.ts'
import { startAfterSwap } from './restore/swap/start-after-swap.ts'
import { stopForSwap } from './restore/swap/stop-for-swap.ts'
import { swapData } from './restore/swap/swap-data.ts'
import { upgradeNode } from './upgrade-node.ts'

export const performers: Performers<Action, World> = {
  'take-backup': takeBackup,
  'upgrade-node': upgradeNode,
  'lay-zookeeper-image': layZookeeperImage,
  'lay-log-image': layLogImage,
  'stop-for-swap': stopForSwap,
  'swap-data': swapData,
  'start-after-swap': startAfterSwap,
}
