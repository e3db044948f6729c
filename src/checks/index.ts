// Every check by its name. A missing one does not compile.
import type { Checkers } from '../engine/ports.ts'
import type { Check } from '../plan/vocabulary.ts'
import type { World } from '../world.ts'
import { agentRegistered } from './agent-registered.ts'
import { agentsRegistered } from './agents-registered.ts'
import { allServing } from './all-serving.ts'
import { appsSettled } from './apps-settled.ts'
import { asBefore } from './as-before.ts'
import { backupFresh } from './backup-fresh.ts'
import { marathonAnswers } from './marathon-answers.ts'
import { noDeployments } from './no-deployments.ts'
import { nodeIsWell } from './node-is-well.ts'
import { oneMesosLeader } from './one-mesos-leader.ts'
import { oneVersion } from './one-version.ts'
import { othersAreWell } from './others-are-well.ts'
import { readyForSwap } from './ready-for-swap.ts'
import { registrarRecovered } from './registrar-recovered.ts'
import { restoredDataServes } from './restored-data-serves.ts'
import { scriptReachable } from './script-reachable.ts'
import { storeWritable } from './store-writable.ts'
import { subtreeAsBackup } from './subtree-as-backup.ts'
import { zookeeperAtRest } from './zookeeper-at-rest.ts'
import { zookeeperQuorum } from './zookeeper-quorum.ts'

export const checkers: Checkers<Check, World> = {
  'all-serving': allServing,
  'one-mesos-leader': oneMesosLeader,
  'registrar-recovered': registrarRecovered,
  'zookeeper-quorum': zookeeperQuorum,
  'zookeeper-at-rest': zookeeperAtRest,
  'no-deployments': noDeployments,
  'apps-settled': appsSettled,
  'agents-registered': agentsRegistered,
  'one-version': oneVersion,
  'others-are-well': othersAreWell,
  'node-is-well': nodeIsWell,
  'agent-registered': agentRegistered,
  'script-reachable': scriptReachable,
  'store-writable': storeWritable,
  'backup-fresh': backupFresh,
  'subtree-as-backup': subtreeAsBackup,
  'as-before': asBefore,
  'restored-data-serves': restoredDataServes,
  'ready-for-swap': readyForSwap,
  'marathon-answers': marathonAnswers,
}
