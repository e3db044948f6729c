// What the overlay log of DC/OS masters holds: the networks, and which agent has which subnet (dcos/dcos-mesos-modules overlay/overlay.proto).
import { WireMessage } from './protobuf.ts'
import type { Variable } from './replica.ts'
import { type Decoded, defaulted, oneOf, optional, repeated, required, type Schema, toJson } from './schema.ts'

/** The overlay's variable in its log (dcos/dcos-mesos-modules overlay/master.cpp). */
export const overlayVariable = 'network-state'

const bridge: Schema = { 1: required('name', 'string'), 2: optional('ip', 'string'), 3: optional('ip6', 'string') }

const vxlan: Schema = {
  1: required('vni', 'uint32'),
  2: required('vtep_name', 'string'),
  3: required('vtep_ip', 'string'),
  4: required('vtep_mac', 'string'),
  5: optional('vtep_ip6', 'string'),
  6: optional('vtep_mtu', 'uint32'),
}

const overlay: Schema = {
  1: required('name', 'string'),
  2: optional('subnet', 'string'),
  3: optional('prefix', 'uint32'),
  4: optional('subnet6', 'string'),
  5: optional('prefix6', 'uint32'),
  6: defaulted('enabled', 'bool', true),
}

const status = oneOf(0, 'STATUS_INVALID', 'STATUS_OK', 'STATUS_FAILED', 'STATUS_CONFIGURING')

const agentOverlay: Schema = {
  1: required('info', { message: overlay }),
  2: optional('subnet', 'string'),
  3: optional('mesos_bridge', { message: bridge }),
  4: optional('docker_bridge', { message: bridge }),
  5: required('backend', { message: { 1: optional('vxlan', { message: vxlan }) } }),
  6: optional('state', {
    message: { 1: defaulted('status', status, 'STATUS_INVALID'), 2: optional('error', 'string') },
  }),
  7: optional('subnet6', 'string'),
}

const agent: Schema = {
  1: required('ip', 'string'),
  2: repeated('overlays', { message: agentOverlay }),
  3: optional('configuration_attempts', 'uint32'),
}

const network: Schema = {
  1: required('vtep_subnet', 'string'),
  2: required('vtep_mac_oui', 'string'),
  3: repeated('overlays', { message: overlay }),
  4: optional('vtep_subnet6', 'string'),
  5: optional('vtep_mtu', 'uint32'),
}

const stateSchema: Schema = { 1: optional('network', { message: network }), 2: repeated('agents', { message: agent }) }

export interface OverlaySummary {
  readonly overlays: readonly { readonly name: string; readonly subnet: string | null }[]
  readonly agents: readonly {
    readonly ip: string
    readonly subnets: readonly { readonly overlay: string; readonly subnet: string | null }[]
  }[]
}

/** @throws LogDamage when a required field is missing anywhere in it */
export function overlayJson(variable: Variable): Decoded {
  return toJson(wire(variable), stateSchema)
}

/** @throws LogDamage */
export function summarizeOverlay(variable: Variable): OverlaySummary {
  const state = wire(variable)
  const named = (info: WireMessage) => info.required(info.text(1), 'name')
  return {
    overlays: (state.message(1, 'network')?.messages(3, 'overlays') ?? []).map(info => ({
      name: named(info),
      subnet: info.text(2) ?? null,
    })),
    agents: state.messages(2, 'agents').map(agent => ({
      ip: agent.required(agent.text(1), 'ip'),
      subnets: agent.messages(2, 'overlays').map(item => ({
        overlay: named(item.required(item.message(1, 'info'), 'info')),
        subnet: item.text(2) ?? null,
      })),
    })),
  }
}

function wire({ value, position }: Variable): WireMessage {
  return new WireMessage(value, 'overlay state', { file: `network-state at position ${position}`, offset: 0 })
}
