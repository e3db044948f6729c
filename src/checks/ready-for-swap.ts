// Every master is reached, runs the version of DC/OS that the backup is of, and has room beside its data. (That it is the right machine was seen at its login.)
import { placesOf } from '../actions/restore/swap/places.ts'
import { because } from '../errors.ts'
import { nodeSays } from '../survey/node.ts'
import type { World } from '../world.ts'
import type { Ask } from './checker.ts'

/** `$1` the root, `$2` the unit. */
const script = `
set -eu
[ -d "$1" ] || { echo "it has no $1" >&2; exit 4; }
systemctl cat "$2" >/dev/null 2>&1 || { echo "it has no $2" >&2; exit 4; }
df -Pk "$1" | awk 'NR == 2 { print $4 }'`

export const readyForSwap: Ask<'ready-for-swap'> = async ({ what, masters, version, room }, world) => {
  const found = await Promise.all(masters.map(node => troubleOn(world, node, what, version, room)))
  const trouble = found.flatMap((one, at) => (one === undefined ? [] : [`${masters[at]}: ${one}`]))
  const wanted = `${masters.length} of ${masters.length} with DC/OS ${version} and ${room} KiB free`
  if (trouble.length === 0) return { well: true, saw: `${masters.length} of ${masters.length} are`, wanted }
  return { well: false, saw: trouble.join('; '), wanted }
}

async function troubleOn(
  world: World,
  node: string,
  what: 'zookeeper' | 'replicated-log',
  version: string,
  room: number,
): Promise<string | undefined> {
  try {
    const { root, unit } = placesOf(what)
    const runs = (await nodeSays(world, node)).version
    if (runs !== version) return `runs DC/OS ${runs ?? 'of an unknown version'}`
    const host = await world.hosts.host(node)
    const { exit, stdout, stderr } = await host.run(script, { as: 'root', args: [root, unit], within: 15_000 })
    if (exit !== 0) return stderr.trim()
    return Number(stdout) >= room ? undefined : `only ${Number(stdout)} KiB are free under ${root}`
  } catch (error) {
    return because(error)
  }
}
