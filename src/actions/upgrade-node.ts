// Upgrades one node in place by DC/OS' own node upgrade script, as a step that outlives the connection.
// Exit 0 of that script proves nothing (dcos/dcos: its own checks have been dead since 1.12): the version file is asked, gates ask the rest.
import { setTimeout as wait } from 'node:timers/promises'
import type { NodeSaid } from '../dcos/node.ts'
import { InDoubt } from '../engine/errors.ts'
import type { Performer, StepContext } from '../engine/ports.ts'
import type { Action } from '../plan/vocabulary.ts'
import { followStep, lookAtStep, startStep } from '../ssh/node-step.ts'
import { quote } from '../ssh/quote.ts'
import { nodeSays } from '../survey/node.ts'
import type { World } from '../world.ts'

type UpgradeNode = Extract<Action, { do: 'upgrade-node' }>

/** Milliseconds without reaching the node after which following pauses the run; the node goes on by itself. */
const outOfTouchWithin = 5 * 60_000

export const upgradeNode: Performer<UpgradeNode, World> = {
  async look({ node, script }, world, { run, part, attempt }) {
    const step = await lookAtStep(await world.hosts.host(node), { run, part: tried(part, attempt) })
    if (step.state === 'running') return 'under-way'
    const said = await nodeSays(world, node)
    if (said.brokenSwap) return { unclear: brokenSwap(node, said.brokenSwap) }
    if (said.version === script.to) return 'in-place'
    if (said.version === script.from) return 'absent'
    return { unclear: `${node} runs ${said.version ?? 'an unknown version'}, neither ${script.from} nor ${script.to}` }
  },

  async perform({ node, role, script }, world, context) {
    const { run, part, attempt, token, signal, say } = context
    const reach = () => world.hosts.host(node)
    const name = { run, part: tried(part, attempt) }
    const { start } = await startStep(await reach(), { ...name, script: nodeScript(role, script), token })
    say(start === 'begun' ? 'the script runs' : 'the script is found again, following it')
    const outOfTouch = (why: string) => say(`out of touch with ${node}, its script goes on by itself: ${why}`)
    const ended = await followStep(reach, name, { say, signal, outOfTouch, outOfTouchWithin })
    const wasCutOff = ended.state === 'lost'
    const { brokenSwap: broken, version } = await (wasCutOff ? afterBoot(world, node, context) : nodeSays(world, node))
    if (broken) throw new InDoubt(brokenSwap(node, broken))
    if (ended.state === 'ended' && ended.exit === 0 && version === script.to) return `${node} runs ${version}`
    if (wasCutOff && version === script.to) return `${node} runs ${version}; its script was cut off: ${ended.why}`
    const how = ended.state === 'ended' ? `ended with exit ${ended.exit}` : `did not end in order (${ended.state})`
    const tail = ended.tail.length > 0 ? ` Its last words: ${ended.tail.slice(-3).join(' / ')}` : ''
    throw new Error(`the upgrade script ${how}, and ${node} runs ${version ?? 'an unknown version'}.${tail}`)
  },
}

/** Milliseconds: DC/OS' dcos-setup.service finishes a package swap that was cut off early in the boot; logins may come before it. */
const setupWithin = 120_000
const setupAskEvery = 1_000

/** What a node says of itself once no package swap is half done on it any more, or once waiting for that was in vain. */
async function afterBoot(world: World, node: string, { signal, say }: StepContext): Promise<NodeSaid> {
  const begun = performance.now()
  let told = false
  for (;;) {
    const said = await nodeSays(world, node)
    if (!said.brokenSwap || performance.now() - begun > setupWithin) return said
    if (!told)
      say(`its script was cut off; waiting up to ${setupWithin / 1000} s for the boot to finish the package swap`)
    told = true
    await wait(setupAskEvery, undefined, { signal })
  }
}

/** Each try has a memory of its own on the node, so that the result of an earlier one is not taken for it. */
const tried = (part: string, attempt: number): string => (attempt === 1 ? part : `${part}/try-${attempt}`)

const brokenSwap = (node: string, sign: string): string =>
  `a package swap was cut off on ${node} (${sign}): the script must not run again; \`pkgpanda setup\` at boot finishes it`

/** Run by root on the node. The digest was pinned when the plan was made. */
function nodeScript(role: UpgradeNode['role'], { url, sha256 }: UpgradeNode['script']): string {
  // DC/OS docs 1.10 to 2.2, in-place upgrade of agents: Docker must not load DC/OS' libltdl.
  const beforeAgents = role === 'agent' ? 'rm -f /opt/mesosphere/lib/libltdl.so.7\n' : ''
  return `set -eu
umask 022
folder=$(mktemp -d /var/lib/dcosctl/script.XXXXXX)
trap 'rm -rf "$folder"' EXIT
curl -fsSL --retry 5 --retry-delay 2 -o "$folder/dcos_node_upgrade.sh" ${quote(url)}
echo '${sha256}  '"$folder/dcos_node_upgrade.sh" | sha256sum -c --status - || {
  echo 'the script is not the one that the plan pinned'
  exit 1
}
${beforeAgents}bash "$folder/dcos_node_upgrade.sh"
`
}
