// Runs a drill's scratch ZooKeeper on this machine.
import { because, DcosctlError } from '../../errors.ts'
import { sayBytes } from '../../output/bytes.ts'
import { findServerHere, startHere } from '../../zookeeper/drill/local-server.ts'
import { heapFor } from '../../zookeeper/drill/scratch-server.ts'
import type { Spooled } from '../../zookeeper/files/spool.ts'
import type { DrillPlace } from './drill.ts'

const mebibyte = 1024 * 1024

/** @throws DcosctlError REFUSED where this machine has no java, no ZooKeeper or too little memory */
export async function drillHere(files: Spooled, home: string | undefined): Promise<DrillPlace> {
  const refuse = (what: string) =>
    new DcosctlError('REFUSED', {
      what: `No scratch ZooKeeper can be started on this machine: ${what}.`,
      state: 'Nothing was changed.',
      next: ['say where it is:  --zookeeper-home DIR', "use a master's own:  dcosctl backup verify --drill-on MASTER"],
    })
  const found = await findServerHere(home).catch(error => {
    throw refuse(because(error))
  })
  const wanted = heapFor(files.snapshotBytes) * mebibyte
  if (process.availableMemory() < wanted)
    throw refuse(`${sayBytes(process.availableMemory())} of memory available, wanted ${sayBytes(wanted)}`)
  return { says: 'on this machine', start: order => startHere(found, { ...order, folder: files.folder }) }
}
