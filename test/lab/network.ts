// The lab's network: a bridge in the supervisor's own network namespace, and one namespace with one cable per node.
import { connect, type Socket } from 'node:net'
import { must } from './command.ts'
import { nodeAddresses, operatorAddress, prefixLength, servicesAddress } from './topology.ts'

const patience = 20

/**
 * Operators reach nodes by ssh alone, as on most sites: whatever else leaves 10.77.0.1 towards a node is dropped, so
 * a tool that works here works over ssh. Nodes reach each other and the services' address freely.
 */
const rules = `
table inet lab {
  set silent { type ipv4_addr; }
  chain input {
    type filter hook input priority 0; policy accept;
    ip daddr ${operatorAddress} ip saddr @silent drop
  }
  chain output {
    type filter hook output priority 0; policy accept;
    ip saddr ${operatorAddress} ip daddr @silent drop
    ip saddr ${operatorAddress} ip daddr ${nodeAddresses} tcp dport 22 accept
    ip saddr ${operatorAddress} ip daddr ${nodeAddresses} counter drop
  }
}`

export async function makeBridge(): Promise<void> {
  await shell(`
    ip link set lo up
    ip link add br0 type bridge
    ip addr add ${operatorAddress}/${prefixLength} dev br0
    ip addr add ${servicesAddress}/${prefixLength} dev br0
    ip link set br0 up`)
  await must(['nft', '-f', '-'], { input: rules, seconds: patience })
}

/** The namespace is made outside the container, so that address and faults survive a reboot of the node. */
export async function plugIn(name: string, address: string): Promise<void> {
  await shell(`
    ip netns add ${name}
    ip link add v-${name} type veth peer name eth0 netns ${name}
    ip link set v-${name} master br0 up
    ip -n ${name} link set lo up
    ip -n ${name} addr add ${address}/${prefixLength} dev eth0
    ip -n ${name} link set eth0 up`)
}

/** Takes the namespace away, with every rule that was made in it. */
export async function unplug(name: string): Promise<void> {
  await shell(`
    ip link delete v-${name}
    ip netns delete ${name}`)
}

/** Pulls or plugs the node's cable. Nobody is told: packets just stop. */
export async function setCable(name: string, state: 'up' | 'down'): Promise<void> {
  await must(['ip', 'link', 'set', `v-${name}`, state], { seconds: patience })
}

/** Between the operator's workstation and the node every packet is lost, both ways. */
export async function setOperatorsLine(address: string, state: 'cut' | 'whole'): Promise<void> {
  const verb = state === 'cut' ? 'add' : 'delete'
  await must(['nft', verb, 'element', 'inet', 'lab', 'silent', `{ ${address} }`], { seconds: patience })
}

/** Everything to port 22 of the node is answered with a reset, lines that are open included. */
export async function refuseSsh(name: string): Promise<void> {
  const input = `table inet refuse-ssh {
    chain input { type filter hook input priority 0; policy accept; tcp dport 22 reject with tcp reset; }
  }`
  await must(['ip', 'netns', 'exec', name, 'nft', '-f', '-'], { input, seconds: patience })
}

export async function acceptSsh(name: string): Promise<void> {
  await must(['ip', 'netns', 'exec', name, 'nft', 'delete', 'table', 'inet', 'refuse-ssh'], { seconds: patience })
}

/** Whether an ssh server greets at the address within a second. */
export const sshGreets = (address: string): Promise<boolean> =>
  withinASecond(address, 22, (socket, end) => socket.once('data', data => end(data.toString().startsWith('SSH-2.0'))))

/** Whether somebody takes connections there, within a second. */
export const accepts = (address: string, port: number): Promise<boolean> =>
  withinASecond(address, port, (socket, end) => socket.once('connect', () => end(true)))

function withinASecond(
  host: string,
  port: number,
  listen: (socket: Socket, end: (yes: boolean) => void) => void,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port, timeout: 1000 })
  const end = (yes: boolean) => {
    socket.destroy()
    resolve(yes)
  }
  listen(socket, end)
  socket.once('error', () => end(false))
  socket.once('close', () => end(false))
  socket.once('timeout', () => end(false))
  return promise
}

const shell = (script: string) => must(['sh', '-ec', script], { seconds: patience })
