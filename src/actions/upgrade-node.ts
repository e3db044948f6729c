// Upgrades one node in place by DC/OS' own node upgrade script, as a step that outlives the connection.
// Exit 0 of that script proves nothing (dcos/dcos: its own checks have been dead since 1.12): the version file is asked, gates ask the rest.
import { setTimeout as wait } from 'node:timers/promises'
import type { NodeSaid } from '../dcos/node.ts'
import { InDoubt } from '../engine/errors.ts'
import type { Performer, StepContext } from '../engine/ports.ts'
import { because } from '../errors.ts'
import type { Action } from '../plan/vocabulary.ts'
import { Fenced, StepBusy, sayAtWork } from '../ssh/errors.ts'
import { type Followed, followStep, lookAtStep, otherStepAtWork, startStep } from '../ssh/node-step.ts'
import { quote } from '../ssh/quote.ts'
import type { AtWork } from '../ssh/step-state.ts'
import { nodeSays } from '../survey/node.ts'
import type { World } from '../world.ts'

type UpgradeNode = Extract<Action, { do: 'upgrade-node' }>

/** Milliseconds without reaching the node after which following pauses the run; the node goes on by itself. */
const outOfTouchWithin = 5 * 60_000

export const upgradeNode: Performer<UpgradeNode, World> = {
  async look({ node, script }, world, { run, part, attempt }) {
    const host = await world.hosts.host(node)
    const name = { run, part: tried(part, attempt) }
    if ((await lookAtStep(host, name)).state === 'running') return 'under-way'
    const other = await otherStepAtWork(host, name)
    if (other) return { unclear: beside(node, other) }
    const said = await nodeSays(world, node)
    if (said.brokenSwap) return { unclear: brokenSwap(node, said.brokenSwap) }
    if (said.version === script.to) return 'in-place'
    if (said.version === script.from) return 'absent'
    return { unclear: `${node} runs ${said.version ?? 'an unknown version'}, neither ${script.from} nor ${script.to}` }
  },

  async perform(action, world, context) {
    const { node, script } = action
    const ended = await scriptEnd(action, world, context)
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

/**
 * Begins the script, or finds it again, and follows it to its end.
 * @throws InDoubt while nobody can say what became of it: it may be at work, so that this is no failed try, after which another one would begin;
 * and while the script of another try or run is at work on the node, beside which none is started
 * @throws Fenced
 */
async function scriptEnd({ node, role, script }: UpgradeNode, world: World, context: StepContext): Promise<Followed> {
  const { run, part, attempt, token, signal, say } = context
  const reach = () => world.hosts.host(node)
  const name = { run, part: tried(part, attempt) }
  try {
    const { start } = await startStep(await reach(), { ...name, script: nodeScript(role, script), token })
    say(start === 'begun' ? 'the script runs' : 'the script is found again, following it')
    const outOfTouch = (why: string) => say(`out of touch with ${node}, its script goes on by itself: ${why}`)
    return await followStep(reach, name, { say, signal, outOfTouch, outOfTouchWithin })
  } catch (error) {
    if (error instanceof Fenced || signal.aborted) throw error
    if (error instanceof StepBusy) throw new InDoubt(beside(node, error.atWork), { cause: error })
    const what = `${node} can't be asked what became of its upgrade script, which may be at work there: ${because(error)}`
    throw new InDoubt(`${what}. \`dcosctl run resume\` asks it again`, { cause: error })
  }
}

/** An earlier try, whose start or node went out of touch, or a run that was abandoned while its script went on. */
const beside = (node: string, other: AtWork): string =>
  `${sayAtWork(node, other)}: a second script must not run beside it, and none was started. ` +
  `Wait until ${other.unit}.service has ended on ${node}; then \`dcosctl run resume\` looks again`

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
