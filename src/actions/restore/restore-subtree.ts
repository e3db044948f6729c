// Restores a subtree of ZooKeeper through its API. What is there already is not done again, so that it may be cut off anywhere and begun anew.
import type { Performer, StepContext } from '../../engine/ports.ts'
import type { Action, Subtree } from '../../plan/vocabulary.ts'
import { zookeeperPipe } from '../../survey/zookeeper-pipe.ts'
import { oldestServer } from '../../survey/zookeeper-server.ts'
import { masterNames, type World } from '../../world.ts'
import { paths, readCounter } from '../../zookeeper/claim/format.ts'
import type { Pipe } from '../../zookeeper/pipeline/pipe.ts'
import { op } from '../../zookeeper/pipeline/protocol.ts'
import { statBytes, versionOf } from '../../zookeeper/pipeline/stat.ts'
import { type Fence, FencedOff } from '../../zookeeper/subtree/apply.ts'
import { hasContainers } from '../../zookeeper/subtree/changes.ts'
import { isNothing, type Rule } from '../../zookeeper/subtree/compare.ts'
import { compare, restore } from '../../zookeeper/subtree/restore.ts'
import { readSubtree } from './read-subtree.ts'

type RestoreSubtree = Extract<Action, { do: 'restore-subtree' }>

export const ruleOf = ({ how, removesUpTo }: Subtree): Rule => ({ how, removesUpTo: BigInt(removesUpTo) })

export const restoreSubtree: Performer<RestoreSubtree, World> = {
  async look(action, world) {
    const { wanted } = await readSubtree(world, action)
    const { pipe } = await zookeeperPipe(world, masterNames(world))
    try {
      return isNothing((await compare(pipe, wanted, ruleOf(action))).difference) ? 'in-place' : 'absent'
    } finally {
      await pipe.close()
    }
  },

  async perform(action, world, { token, signal, say }) {
    const { wanted } = await readSubtree(world, action)
    const { pipe, hasCredentials } = await zookeeperPipe(world, masterNames(world))
    const stop = () => pipe.drop('the run was told to stop')
    signal.addEventListener('abort', stop)
    try {
      const fence = await fenceOf(pipe, token)
      const onProgress = told(say)
      const options = { fence, hasCredentials, hasContainers: hasContainers(await oldestServer(world)), signal }
      const done = await restore(pipe, wanted, ruleOf(action), { ...options, onProgress, say })
      const { created, set, acls, removed, counted } = done
      return `${created} znodes created, ${set} set, ${acls} ACLs set, ${counted} counters raised, ${removed} removed`
    } finally {
      signal.removeEventListener('abort', stop)
      await pipe.close()
    }
  },
}

/** Each change checks that no other driver has raised the token since. @throws FencedOff */
async function fenceOf(pipe: Pipe, token: number): Promise<Fence> {
  const { body } = await pipe.call(op.getData, 'get', paths.token, to => to.string(paths.token).boolean(false))
  const seen = readCounter(body.buffer() ?? Buffer.alloc(0))
  if (seen !== token) throw new FencedOff(`another driver has the cluster (token ${seen}, ours is ${token})`)
  return { path: paths.token, version: versionOf(body.bytes.subarray(body.at, body.at + statBytes)) }
}

/** Milliseconds between two words of how far it is. */
const sayEvery = 3_000

function told(say: StepContext['say']): (done: number, of: number) => void {
  let last = performance.now()
  return (done, of) => {
    if (performance.now() - last < sayEvery) return
    last = performance.now()
    say(`${done} of ${of} changes made`)
  }
}
