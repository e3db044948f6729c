// The level `drilled`: a scratch ZooKeeper is started from the files of a backup and every znode it serves is compared.
import { type Compared, compareServer } from '../../zookeeper/drill/compare-server.ts'
import {
  heapFor,
  type ScratchServer,
  ServerEnded,
  type Serving,
  type StartOrder,
  serving,
  someFreePort,
} from '../../zookeeper/drill/scratch-server.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import { inspectLarge } from '../../zookeeper/files/large-state.ts'
import type { ZookeeperOpened } from './open-zookeeper.ts'

/** Where a scratch server runs: this machine, or a master. */
export interface DrillPlace {
  /** `on this machine`, `on m3`. */
  readonly says: string
  start(order: Omit<StartOrder, 'folder'>): Promise<ScratchServer>
}

export interface Drilled extends Compared {
  readonly place: string
  readonly version: string
  readonly zxid: bigint
  /** Why it does not even serve the state: nothing was compared then. */
  readonly problem?: string
}

const portTries = 3

/** `progress` gets the znodes compared so far. @throws Error where no server can be had at all; one that does not come up is an answer */
export async function drill(
  opened: ZookeeperOpened,
  place: DrillPlace,
  progress: (done: number) => void,
): Promise<Drilled> {
  const nothing = {
    place: place.says,
    version: 'unknown',
    zxid: 0n,
    znodes: 0,
    differences: [],
    differing: 0,
    excluded: [],
  }
  let up: Serving
  try {
    up = await servingOn(place, opened)
  } catch (error) {
    if (!(error instanceof ServerEnded)) throw error
    return { ...nothing, problem: error.message }
  }
  const { server, version, zxid } = up
  try {
    if (zxid !== opened.zxid)
      return { ...nothing, version, zxid, problem: `it serves the state at ${hex(zxid)}, not at ${hex(opened.zxid)}` }
    // By the rules of the version that runs here, whichever wrote the files: parents' pzxid behind a fuzzy snapshot depend on it.
    const rules = version.startsWith('3.4.') ? '3.4' : '3.6'
    const { files, fuzzEnd } = opened
    const inspection = await inspectLarge(files, {
      rules,
      ...(fuzzEnd === undefined ? {} : { fuzzEnd }),
      upTo: opened.zxid,
    })
    if (inspection.claim !== 'exact') throw new Error(`the files of the backup changed while they were looked at`)
    const compared = await compareServer(await server.dial(), { state: inspection.state, rules, zxid, progress })
    return { ...compared, place: place.says, version, zxid }
  } finally {
    await server.stop()
  }
}

async function servingOn(place: DrillPlace, { files }: ZookeeperOpened): Promise<Serving> {
  for (let tries = portTries; ; tries--) {
    const server = await place.start({ port: someFreePort(), heapMb: heapFor(files.snapshotBytes) })
    try {
      return await serving(server, files.bytes)
    } catch (error) {
      await server.stop()
      if (!(error instanceof ServerEnded && error.portWasTaken && tries > 1)) throw error
    }
  }
}
