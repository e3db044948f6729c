// What every node of the lab has on its disk before its first boot: who it is, who may log in, whom it knows.

import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must } from './command.ts'
import type { LabPaths } from './paths.ts'
import { type NodeSpec, operatorAddress, servicesAddress } from './topology.ts'

/** A file or a symbolic link to put into a node, its path seen from the node's root. */
export type NodeFile =
  | {
      readonly path: string
      readonly content: string | Buffer
      readonly mode?: number
      readonly uid?: number
      readonly gid?: number
    }
  | { readonly path: string; readonly link: string }

const loginUsers = ['core', 'asks', 'noisy']

/** Identity, host key, /etc/hosts and the operator's public key for each login user. */
export async function hostFiles(
  { name }: NodeSpec,
  nodes: readonly NodeSpec[],
  paths: LabPaths,
): Promise<readonly NodeFile[]> {
  const hostKey = join(paths.keys, name)
  const authorized = await readFile(`${paths.identity}.pub`)
  return [
    { path: 'etc/hostname', content: `${name}\n` },
    { path: 'etc/hosts', content: hostsFile(nodes) },
    { path: 'etc/ssh/ssh_host_ed25519_key', content: await readFile(hostKey), mode: 0o600 },
    { path: 'etc/ssh/ssh_host_ed25519_key.pub', content: await readFile(`${hostKey}.pub`) },
    // sshd reads keys as root here, so that no home directory's owner matters.
    ...loginUsers.map(user => ({ path: `etc/ssh/authorized_keys/${user}`, content: authorized })),
    {
      path: 'etc/ssh/sshd_config.d/lab-keys.conf',
      content: 'AuthorizedKeysFile /etc/ssh/authorized_keys/%u .ssh/authorized_keys\n',
    },
  ]
}

/** Makes the operator's key and the host keys that are not there yet: they outlive the lab's disks. */
export async function ensureKeys(nodes: readonly NodeSpec[], paths: LabPaths): Promise<void> {
  await mkdir(paths.keys, { recursive: true, mode: 0o700 })
  await Promise.all(['operator', ...nodes.map(({ name }) => name)].map(name => ensureKey(join(paths.keys, name), name)))
  const known = await Promise.all(
    nodes.map(async ({ name, address }) => {
      const [type, key] = (await readFile(join(paths.keys, `${name}.pub`), 'utf8')).split(' ')
      return `${name},${address} ${type} ${key}\n`
    }),
  )
  await writeFile(paths.knownHosts, known.join(''))
}

async function ensureKey(file: string, comment: string): Promise<void> {
  if (existsSync(`${file}.pub`)) return
  // Left over from a start that was cut off between the two files.
  await rm(file, { force: true })
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `lab ${comment}`, '-f', file], { seconds: 20 })
}

/** Throws before a path could leave the node: an absolute link inside it means another place out here. */
export async function writeNodeFiles(root: string, files: readonly NodeFile[]): Promise<void> {
  const inside = await realpath(root)
  for (const file of files) {
    const target = join(root, file.path)
    await makeFolder(dirname(target), inside)
    await rm(target, { force: true })
    if ('link' in file) await symlink(file.link, target)
    else {
      await writeFile(target, file.content, { flag: 'wx' })
      await chmod(target, file.mode ?? 0o644)
      await chown(target, file.uid ?? 0, file.gid ?? 0)
    }
  }
}

async function makeFolder(folder: string, inside: string): Promise<void> {
  if (!existsSync(folder)) {
    await makeFolder(dirname(folder), inside)
    await mkdir(folder)
  }
  const real = await realpath(folder)
  if (real === inside || real.startsWith(`${inside}/`)) return
  throw new Error(`A file for a node would land outside of it: ${folder} is ${real}.`)
}

function hostsFile(nodes: readonly NodeSpec[]): string {
  const lines = [
    '127.0.0.1 localhost',
    `${operatorAddress} operator`,
    `${servicesAddress} bootstrap`,
    ...nodes.map(({ name, address }) => `${address} ${name}`),
  ]
  return lines.join('\n') + '\n'
}
