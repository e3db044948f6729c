// Which hosts a lab has, how they are called and where they are.

export interface LabSpec {
  readonly masters: number
  readonly agents: number
  /** The DC/OS version that the nodes run at first. */
  readonly version: string
  /** Whether a real S3 server (radosgw) stands beside the nodes. */
  readonly s3: boolean
}

export interface NodeSpec {
  readonly name: string
  readonly role: 'master' | 'agent'
  readonly address: string
}

/** The workstation that dcosctl runs on, and the host of the bootstrap server and of S3. */
export const operatorAddress = '10.77.0.1'
export const servicesAddress = '10.77.0.2'
export const prefixLength = 24
export const nodeAddresses = '10.77.0.11-10.77.0.254'

export const s3Port = 8087
export const bucket = 'dcosctl-lab'
export const clusterName = 'lab'
export const bootstrapUrl = `http://${servicesAddress}`

const mostMasters = 9
const mostAgents = 200

/** Throws where the numbers don't fit the lab's network. */
export function nodesOf({ masters, agents }: Pick<LabSpec, 'masters' | 'agents'>): readonly NodeSpec[] {
  within('masters', masters, 1, mostMasters)
  within('agents', agents, 0, mostAgents)
  return [
    ...numbered(masters).map(n => ({ name: `m${n}`, role: 'master' as const, address: `10.77.0.${10 + n}` })),
    ...numbered(agents).map(n => ({ name: `a${n}`, role: 'agent' as const, address: `10.77.0.${20 + n}` })),
  ]
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

function within(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new Error(`A lab can have ${least} to ${most} ${what}, not ${value}.`)
}
