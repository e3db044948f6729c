// Every master serves the data that was swapped in. Of ZooKeeper: of an epoch from the image's on, with znodes of the backup as they were created in it.
import { placesOf } from '../actions/restore/swap/places.ts'
import type { Verdict } from '../plan/types.ts'
import type { Check, Replaced } from '../plan/vocabulary.ts'
import { serverState } from '../survey/zookeeper-server.ts'
import { sessionOptions } from '../survey/zookeeper-session.ts'
import type { World } from '../world.ts'
import { NoAuth, NoNode } from '../zookeeper/session/errors.ts'
import { openSession } from '../zookeeper/session/session.ts'
import type { Ask } from './checker.ts'

type RestoredDataServes = Extract<Check, { ask: 'restored-data-serves' }>

/** `$1` root, `$2` image. The epoch of the image whose swap was committed here; a run that was resumed has one folder. */
const script = `
for folder in "$1"/.dcosctl-restore-*; do
  [ -f "$folder/mark" ] && [ -f "$folder/laid" ] || continue
  read -r laid <"$folder/laid"
  case $laid in "image=$2 "*) echo "$laid" | sed 's/.* epoch=\\([^ ]*\\).*/\\1/';; esac
done`

export const restoredDataServes: Ask<'restored-data-serves'> = async (check, world) => {
  const { what, masters, image } = check
  const epochs = await Promise.all(masters.map(node => epochOn(world, node, what, image)))
  const without = masters.filter((_, at) => epochs[at] === undefined)
  const wanted = `${masters.length} of ${masters.length} masters with the data of the backup`
  if (without.length > 0) return { well: false, saw: `not on ${without.join(', ')}`, wanted }
  if (what === 'replicated-log') return { well: true, saw: `all ${masters.length}`, wanted }
  const states = await Promise.all(masters.map(node => serverState(world, node)))
  const older = masters.filter((_, at) => (states[at]?.zxid ?? 0n) >> 32n < BigInt(epochs[at] ?? 0))
  if (older.length > 0) return { well: false, saw: `${older.join(', ')} serve an older epoch`, wanted }
  return compareSample(check, world)
}

async function epochOn(world: World, node: string, what: Replaced, image: string): Promise<string | undefined> {
  const host = await world.hosts.host(node)
  const { stdout } = await host.run(script, { as: 'root', args: [placesOf(what).root, image], within: 15_000 })
  return stdout.trim().split('\n').at(-1) || undefined
}

/** The cluster goes on with the restored state at once and may delete some; another creation under the same name is another state. */
async function compareSample({ sample, masters }: RestoredDataServes, world: World): Promise<Verdict> {
  const session = await openSession(await sessionOptions(world))
  try {
    const seen = await Promise.all(
      sample.map(async ({ path, czxid }) => {
        try {
          const { stat } = await session.get(path)
          return stat.czxid === BigInt(czxid) ? 'same' : 'another'
        } catch (error) {
          if (error instanceof NoNode) return 'gone'
          if (error instanceof NoAuth) return 'same' // It is there; more is not for us to see.
          throw error
        }
      }),
    )
    const count = (word: string) => seen.filter(one => one === word).length
    const well = count('another') === 0 && count('gone') * 2 <= sample.length
    const saw = `${count('same')} of ${sample.length} sampled znodes as in the backup, ${count('gone')} gone since`
    const wanted = `the znodes of the backup, on ${masters.length} masters`
    return { well, saw: well ? saw : `${saw}, ${count('another')} others`, wanted }
  } finally {
    await session.close()
  }
}
