// What nobody is there to give at night: a passphrase, an agent, a variable of somebody's shell, an answer on a terminal.
import { access, constants } from 'node:fs/promises'
import type { ClusterFile, SecretSource } from '../../config/schema.ts'
import { readSecret } from '../../config/secret-source.ts'
import { because, DcosctlError } from '../../errors.ts'
import { addressesOf, isSecretSource } from '../../notify/tell.ts'
import type { Target } from '../../ssh/dial.ts'
import { sshFiles } from '../../ssh/ssh-files.ts'
import { wayTo } from '../../ssh/targets.ts'
import { dialOf } from '../open-world.ts'

/** @throws DcosctlError REFUSED with everything at once that only a person could give */
export async function refuseWhatNeedsAPerson(file: ClusterFile, environment: NodeJS.ProcessEnv): Promise<void> {
  const secrets = await Promise.all(secretsOf(file).map(([key, source]) => secretTrouble(key, source, environment)))
  const found = [...(await keyTroubles(file)), ...secrets.flatMap(trouble => trouble ?? [])]
  if (found.length === 0) return
  throw new DcosctlError('REFUSED', {
    what: `Without a person this can't run:\n${found.map(({ what }) => `  ${what}`).join('\n')}`,
    state: 'Nothing was changed.',
    next: [...new Set(found.map(({ next }) => next))],
  })
}

interface Trouble {
  readonly what: string
  readonly next: string
}

/** Each server on the way to a master must take a key that lies open in a file; which of several it takes, the log-in tells. */
async function keyTroubles(file: ClusterFile): Promise<readonly Trouble[]> {
  const files = sshFiles()
  const ssh = { ...file.ssh, agent: undefined }
  const ways = await Promise.all(
    file.masters.map(({ name, address }) => wayTo(dialOf(file, { name, address }), ssh, files)),
  )
  const byWhy = new Map<string, string[]>()
  for (const target of ways.flat()) {
    const why = noOpenKey(target)
    if (why === undefined) continue
    const names = byWhy.get(why) ?? []
    byWhy.set(why, names.includes(target.name) ? names : [...names, target.name])
  }
  return [...byWhy].map(([why, names]) => ({
    what: `${names.join(', ')}: ${why}`,
    next: "make a key of its own for this:  ssh-keygen -t ed25519 -N '' -f FILE  and name it in ssh.identities",
  }))
}

function noOpenKey({ identities }: Target): string | undefined {
  if (identities.some(({ key }) => key !== undefined)) return undefined
  if (identities.length === 0) return 'there is no key file, and no agent at night'
  const why = identities.map(({ file, unusable }) =>
    unusable?.includes('is encrypted')
      ? `${file} has a passphrase, and no agent is there at night`
      : (unusable ?? file),
  )
  return why.join('; ')
}

const secretsOf = (file: ClusterFile): readonly (readonly [key: string, source: SecretSource])[] => [
  ...(file.ssh.sudoPassword ? [['ssh.sudoPassword', file.ssh.sudoPassword] as const] : []),
  ...(file.zookeeper.auth ? [['zookeeper.auth', file.zookeeper.auth] as const] : []),
  ...addressesOf(file.notify).flatMap(([key, source]) => (isSecretSource(source) ? [[key, source] as const] : [])),
]

async function secretTrouble(
  key: string,
  source: SecretSource,
  environment: NodeJS.ProcessEnv,
): Promise<Trouble | undefined> {
  if ('env' in source) {
    return {
      what: `${key} comes from the variable ${source.env}, which is not there at night`,
      next: `put it into a file that only this user can read:  ${key}: { file: /etc/dcosctl/… }`,
    }
  }
  try {
    if ('file' in source) await access(source.file, constants.R_OK)
    await readSecret(key, source, environment)
    return undefined
  } catch (error) {
    const next =
      'file' in source
        ? `let this user read ${source.file}`
        : `let ${key} come from a command that asks nobody, or a file`
    return { what: because(error).replace(/\.$/, ''), next }
  }
}
