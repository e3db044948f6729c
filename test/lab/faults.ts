// What can go wrong in the lab, by name. Each fault can be switched on and, but for `reboot`, off again.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LabNode, nameOfProcess } from './lab-node.ts'
import { acceptSsh, refuseSsh, setCable, setOperatorsLine } from './network.ts'
import { faultsFolder, serviceFaults } from './services/faults.ts'

interface HostFault {
  readonly says: string
  on(node: LabNode): Promise<void> | void
  /** Missing where the fault passes by itself. */
  off?(node: LabNode): Promise<void> | void
}

/** What dcosctl writes to on a node. */
const stagingFolder = '/var/lib/dcosctl'

const hostFaults: Readonly<Record<string, HostFault>> = {
  'power-cut': {
    says: 'the cable is pulled, then everything in the node is killed; off boots it again from its disk',
    on: node => node.cutPower(),
    off: node => node.restorePower(),
  },
  'power-on': { says: 'ends a power-cut', on: node => node.restorePower() },
  reboot: { says: 'the node reboots, ordered from inside; passes by itself', on: node => node.reboot() },
  cut: {
    says: "the node's cable is pulled; it goes on without network",
    on: node => setCable(node.spec.name, 'down'),
    off: node => setCable(node.spec.name, 'up'),
  },
  'operator-cut': {
    says: "the line between the operator's workstation and the node goes silent; the node and its peers notice nothing",
    on: node => setOperatorsLine(node.spec.address, 'cut'),
    off: node => setOperatorsLine(node.spec.address, 'whole'),
  },
  freeze: {
    says: 'every process of the node stands still; connections stay open and silent',
    on: node => node.freeze(),
    off: node => node.thaw(),
  },
  'zookeeper-frozen': {
    says: "the node's ZooKeeper server stands still (SIGSTOP); its connections stay open and silent",
    on: node => signalZooKeeper(node, 'SIGSTOP'),
    off: node => signalZooKeeper(node, 'SIGCONT'),
  },
  'refuse-ssh': {
    says: 'port 22 answers with a reset, connections that are open included',
    on: node => refuseSsh(node.spec.name),
    off: node => acceptSsh(node.spec.name),
  },
  'disk-full': {
    says: `${stagingFolder} is a file system without a byte left`,
    on: node => inNode(node, fillStaging),
    off: node => inNode(node, `umount ${stagingFolder}`),
  },
}

const fillStaging = `
  mkdir -p ${stagingFolder} && mount -t tmpfs -o size=64k tmpfs ${stagingFolder} &&
  { dd if=/dev/zero of=${stagingFolder}/lab-fills-this-disk bs=4k 2>/dev/null || true; }`

/** Every fault that can be named, with what it does. */
export const faultsByName: readonly { readonly name: string; readonly says: string }[] = [
  ...Object.entries(hostFaults).map(([name, { says }]) => ({ name, says })),
  ...serviceFaults,
]

/** Throws where the name is not a fault's, or where it can't be switched (off without on; a node that is off). */
export async function switchFault(name: string, node: LabNode, on: boolean): Promise<void> {
  const fault = hostFaults[name]
  const isServiceFault = serviceFaults.some(known => known.name === name)
  if (!fault && !isServiceFault) {
    const known = faultsByName.map(({ name, says }) => `  ${name}: ${says}`).join('\n')
    throw new Error(`There is no fault called '${name}'. Faults are:\n${known}`)
  }
  if (node.faults.has(name) === on) return
  if (!fault) await switchServiceFault(name, node, on)
  else if (on) await fault.on(node)
  else await fault.off?.(node)
  if (on && (!fault || fault.off)) node.faults.add(name)
  else node.faults.delete(name)
}

/** The simulated services look for a file of the fault's name; it works on a node that is off, too. */
async function switchServiceFault(name: string, node: LabNode, on: boolean): Promise<void> {
  const folder = join(node.root, faultsFolder)
  await mkdir(folder, { recursive: true })
  const file = join(folder, name)
  if (on) await writeFile(file, '')
  else await rm(file, { force: true })
}

function signalZooKeeper(node: LabNode, signal: NodeJS.Signals): void {
  const servers = node.processes().filter(pid => nameOfProcess(pid) === 'java')
  if (servers.length === 0) throw new Error(`No ZooKeeper server runs on ${node.spec.name}.`)
  for (const pid of servers) process.kill(pid, signal)
}

async function inNode(node: LabNode, script: string): Promise<void> {
  const { exit, stderr } = await node.run(script, { seconds: 20 })
  if (exit !== 0) throw new Error(`On ${node.spec.name} this failed with exit ${exit}: ${script.trim()}\n${stderr}`)
}
