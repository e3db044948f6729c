// Logs in to hosts, and where a host's key is not known yet shows it and asks. Nothing is trusted without a yes.
import { appendFile } from 'node:fs/promises'
import { DcosctlError } from '../../errors.ts'
import { eachOf, nodesAtOnce } from '../../parallel.ts'
import { HostKeyUnknown } from '../../ssh/errors.ts'
import type { Hosts } from '../../ssh/host.ts'
import { openHosts, usualPulse } from '../../ssh/hosts.ts'
import { type HostKey, scanHostKey } from '../../ssh/scan-host-key.ts'
import { askPerson } from '../ask-person.ts'

export interface Access {
  readonly user: string | undefined
  readonly identities: readonly string[]
  readonly knownHosts: readonly string[]
  /** Where keys go that a person said yes to. */
  readonly newKnownHosts: string
}

const scanWithin = 15_000

export interface Acquainted {
  readonly hosts: Hosts
  /** May have become wider by a known_hosts file. */
  readonly access: Access
  /** Those that can't be logged in to, and why. */
  readonly absent: ReadonlyMap<string, unknown>
}

/**
 * Connections to all targets.
 * @throws DcosctlError REFUSED where a person said no or nobody could be asked; Unreachable where a host shows no key
 */
export async function acquainted(
  access: Access,
  targets: readonly string[],
  say: (text: string) => void,
): Promise<Acquainted> {
  const hosts = open(access, targets)
  const { strangers, absent } = await meet(hosts, targets)
  if (strangers.length === 0) return { hosts, access, absent }
  await hosts.close()
  const keys = await eachOf(strangers, nodesAtOnce, async host => ({
    host,
    keys: await scanHostKey({ host, port: 22, within: scanWithin }),
  }))
  await askAbout(keys, say)
  const lines = keys.flatMap(({ keys: its }) => its.map(({ line }) => line))
  await appendFile(access.newKnownHosts, lines.join(''), { mode: 0o600 })
  const wider = { ...access, knownHosts: [...new Set([...access.knownHosts, access.newKnownHosts])] }
  const again = open(wider, targets)
  const met = await meet(again, targets)
  const [still] = met.strangers
  if (still === undefined) return { hosts: again, access: wider, absent: met.absent }
  await again.close()
  throw new DcosctlError('REFUSED', {
    what: `${still} is dialled in a way that shows another key than the one that was written.`,
    next: ['log in to it by hand first:  ssh ' + still, 'then name that file:  --known-hosts ~/.ssh/known_hosts'],
  })
}

function open({ user, identities, knownHosts }: Access, targets: readonly string[]): Hosts {
  return openHosts({
    nodes: [...new Set(targets)].map(target => ({ name: target, host: target, address: target })),
    ssh: { user, identities, knownHosts, config: '~/.ssh/config', agent: process.env.SSH_AUTH_SOCK },
    pulse: usualPulse,
    afterLogin: async () => undefined,
  })
}

/** Who shows a key that is not known, and who can't be logged in to for another reason. */
async function meet(hosts: Hosts, targets: readonly string[]) {
  const strangers: string[] = []
  const absent = new Map<string, unknown>()
  await eachOf(targets, nodesAtOnce, async target => {
    try {
      await hosts.host(target)
    } catch (error) {
      if (error instanceof HostKeyUnknown) strangers.push(target)
      else absent.set(target, error)
    }
  })
  return { strangers, absent }
}

async function askAbout(
  strangers: readonly { readonly host: string; readonly keys: readonly HostKey[] }[],
  say: (text: string) => void,
): Promise<void> {
  say('These hosts are not known yet:')
  for (const { host, keys } of strangers)
    for (const { type, fingerprint } of keys) say(`  ${host}  ${type}  ${fingerprint}`)
  if (!process.stdin.isTTY) {
    throw new DcosctlError('REFUSED', {
      what: 'Host keys must be confirmed, and there is no terminal to ask on.',
      state: 'Nothing was written.',
      next: ['compare and confirm them on a terminal', 'or name a file that has them:  --known-hosts FILE'],
    })
  }
  if ((await askPerson('Are these fingerprints theirs? Type yes to write them: ')) === 'yes') return
  throw new DcosctlError('REFUSED', { what: 'The host keys were not confirmed.', state: 'Nothing was written.' })
}
