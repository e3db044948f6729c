// Makes the plan of an upgrade: survey, the script fetched through a master, its versions read and judged, the runbook.

import { createHash } from 'node:crypto'
import { backupObjects } from '../../runbooks/backup.ts'
import { upgrade } from '../../runbooks/upgrade.ts'
import type { Facts } from '../cluster/facts.ts'
import { few } from '../cluster/few.ts'
import { patienceOf, seconds } from '../config/patience.ts'
import { upgradePath } from '../dcos/upgrade-paths.ts'
import { fetchScript, versionsOfScript } from '../dcos/upgrade-script.ts'
import { because, DcosctlError } from '../errors.ts'
import type { Acceptance } from '../plan/types.ts'
import type { DcosPlan, UpgradeScript } from '../plan/vocabulary.ts'
import { survey } from '../survey/survey.ts'
import type { World } from '../world.ts'

export interface UpgradeFlags {
  readonly to?: string | undefined
  readonly scriptUrl?: string | undefined
  /** What is accepted by name: `undocumented-path`, `single-master-outage`. */
  readonly accept?: readonly string[] | undefined
  readonly reason?: string | undefined
  /** What a saved plan carries already, with its reasons. */
  readonly accepted?: readonly Acceptance[] | undefined
}

/** @throws DcosctlError USAGE or REFUSED; nothing is changed. */
export async function planUpgrade(world: World, flags: UpgradeFlags, by: string): Promise<DcosPlan> {
  const { file } = world
  const url = flags.scriptUrl ?? file.upgrade.scriptUrl
  if (!url) {
    throw new DcosctlError('USAGE', {
      what: 'No upgrade script is named.',
      state: 'Nothing was touched.',
      next: [
        'on the bootstrap node:  sudo bash dcos_generate_config.sh --generate-node-upgrade-script VERSION_NOW',
        'then name what it printed last:  dcosctl upgrade --plan --script-url URL',
        'or write it into the cluster file:  upgrade: { scriptUrl: URL }',
      ],
    })
  }
  const facts = await survey(world)
  const store = await world.store()
  const script = await readScript(world, facts, url)
  const accepted = judge(facts, script, flags, by)
  return upgrade(facts, {
    script,
    backup: {
      ...{ store: store.where, encryption: file.encryption ?? 'none', way: 'files' },
      ...{ objects: backupObjects(facts, 'files'), absent: facts.holds.absent },
    },
    agents: { ...file.upgrade.agents, soak: seconds(file.upgrade.agents.soak) },
    patience: patienceOf(file),
    accepted,
  })
}

async function readScript(world: World, { masters }: Facts, url: string): Promise<UpgradeScript> {
  const node = masters[0]?.name ?? ''
  let text: string
  try {
    text = await fetchScript(await world.hosts.host(node), url)
  } catch (error) {
    throw new DcosctlError('REFUSED', {
      what: `The upgrade script can't be fetched by ${node}: ${because(error)}.`,
      state: 'Nothing was changed.',
      next: [`look at the bootstrap server from a node:  curl -fsI ${url}`],
      cause: error,
    })
  }
  const versions = versionsOfScript(text)
  if (!versions) {
    throw new DcosctlError('REFUSED', {
      what: `What ${url} gives is not a node upgrade script: it names no versions.`,
      state: 'Nothing was changed.',
      next: ['generate it anew on the bootstrap node: --generate-node-upgrade-script'],
    })
  }
  return { url, sha256: createHash('sha256').update(text).digest('hex'), ...versions }
}

/** Whether this script fits this cluster. Returns what was accepted on the way. */
function judge(
  { masters, agents }: Facts,
  script: UpgradeScript,
  flags: UpgradeFlags,
  by: string,
): readonly Acceptance[] {
  const refuse = (what: string, ...next: readonly string[]) =>
    new DcosctlError('REFUSED', { what, state: 'Nothing was changed.', next })
  if (flags.to !== undefined && flags.to !== script.to)
    throw refuse(`The script upgrades to ${script.to}, not to ${flags.to}.`)

  if (script.from === script.to) {
    // dcos/dcos: the version file alone can't tell a node whose configuration was changed from one where that is still to be done.
    throw refuse(
      `The script installs ${script.to} over ${script.to}: a change of configuration, which this version of dcosctl can't roll out.`,
      'for an upgrade, generate the script by an installer of the version to go to',
    )
  }
  const strangers = [...masters, ...agents].filter(({ version }) => version !== script.from && version !== script.to)
  if (strangers.length > 0) {
    const said = strangers.map(({ name, version }) => `${name} runs ${version ?? 'an unknown version'}`)
    throw refuse(
      `The script upgrades from ${script.from}, but ${few(said)}.`,
      'a script fits one version exactly: generate one for the version that runs',
    )
  }
  const accept = (what: string, refusal: () => DcosctlError): Acceptance => {
    const before = flags.accepted?.find(acceptance => acceptance.what === what)
    if (before) return before
    if (flags.accept?.includes(what) && flags.reason) return { what, by, reason: flags.reason }
    throw refusal()
  }
  const accepted: Acceptance[] = []
  const path = upgradePath(script.from, script.to)
  if (path.path === 'refused') throw refuse(`${script.from} to ${script.to}: ${path.why}.`)
  if (path.path === 'undocumented') {
    const refusal = () =>
      refuse(
        `${script.from} to ${script.to} is not a documented upgrade: ${path.why}.`,
        'go by a documented release in between',
        "or accept it by name:  --accept undocumented-path --reason '…'",
      )
    accepted.push(accept('undocumented-path', refusal))
  }
  if (masters.length === 1) {
    const refusal = () =>
      refuse(
        'There is one master: while it is upgraded the cluster has no ZooKeeper, no Mesos leader and no Marathon.',
        "accept that by name:  --accept single-master-outage --reason '…'",
      )
    accepted.push(accept('single-master-outage', refusal))
  }
  return accepted
}
