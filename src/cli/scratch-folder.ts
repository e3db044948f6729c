// A private folder that goes with us however we end: what lies in it may have been encrypted in the store.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DcosctlError } from '../errors.ts'
import { sayBytes } from '../output/bytes.ts'

/**
 * Removes the folder once its stdin ends, which it does even where this process is killed. A server that is killed at the same time
 * may write for a moment more.
 */
const janitor = `trap '' INT TERM HUP
cat >/dev/null
for try in 1 2 3 4 5; do rm -rf -- "$1" && exit 0; sleep 1; done`

/** @param needs bytes that are about to be written there; refused beforehand where there is no room. 0700, under $TMPDIR. */
export async function withScratchFolder<T>(needs: number, work: (folder: string) => Promise<T>): Promise<T> {
  const { bavail, bsize } = await statfs(tmpdir())
  if (bavail * bsize < needs) {
    throw new DcosctlError('REFUSED', {
      what: `${tmpdir()} has ${sayBytes(bavail * bsize)} free; the files of ZooKeeper need ${sayBytes(needs)} while they are looked at.`,
      state: 'Nothing was written.',
      next: ['name a larger place:  TMPDIR=/var/tmp and the same command'],
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'dcosctl-scratch-'))
  const watching = spawn('/bin/sh', ['-c', janitor, 'dcosctl-janitor', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const gone = once(watching, 'exit')
  try {
    return await work(folder)
  } finally {
    watching.stdin.end()
    await gone
  }
}
