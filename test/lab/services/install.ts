// What a node of the lab holds before its first boot: an installed DC/OS of simulated packages, and its units.
import { fileURLToPath } from 'node:url'
import { labTiming, type NodeConfig, type NodeName, type Timing } from './node-config.ts'
import { type Package, packagesOf } from './packages.ts'
import { dcosSetup, dcosTarget } from './units.ts'

export type NodeSpec = {
  readonly name: string
  readonly role: 'master' | 'agent'
  readonly address: string
  readonly masters: readonly NodeName[]
  readonly agents: readonly NodeName[]
  /** DC/OS version to be found installed, such as 2.1.1. */
  readonly version: string
  readonly clusterId: string
  readonly bootstrapUrl: string
  /** Time-outs that differ from the lab's. */
  readonly timing?: Partial<Timing>
  /** Folder that stands for `/`, where the services run without a node of their own. */
  readonly root?: string
}

export type NodeFile =
  | {
      readonly path: string
      readonly content: string | Buffer
      readonly mode?: number
      readonly uid?: number
      readonly gid?: number
    }
  | { readonly path: string; readonly link: string }

const mesosphere = '/opt/mesosphere'
const systemd = '/etc/systemd/system'

/** Every file and link to be written below the node's root, in an order in which they can be written. */
export async function nodeFiles(spec: NodeSpec): Promise<readonly NodeFile[]> {
  const packages = await packagesOf(spec.version, spec.masters.length)
  const role = spec.role === 'master' ? 'master' : 'slave'
  return [
    ...packages.flatMap(filesOf),
    ...packages.map(({ name, id }) => ({ path: `${mesosphere}/active/${name}`, link: `${mesosphere}/packages/${id}` })),
    ...packages.flatMap(activeLinks),
    ...packages.flatMap(found => unitLinks(found, role)),
    ...activeSet(packages),
    ...identity(spec, packages, role),
    ...(spec.name === spec.masters[0]?.name ? genconf(spec) : []),
    { path: `${systemd}/dcos.target`, content: dcosTarget },
    { path: `${systemd}/dcos-setup.service`, content: dcosSetup },
    { path: `${systemd}/multi-user.target.wants/dcos.target`, link: `${systemd}/dcos.target` },
    { path: `${systemd}/multi-user.target.wants/dcos-setup.service`, link: `${systemd}/dcos-setup.service` },
  ]
}

const filesOf = ({ id, files }: Package): readonly NodeFile[] =>
  files.map(({ path, content, mode }) => ({ path: `${mesosphere}/packages/${id}/${path}`, content, mode }))

function activeLinks({ id, files }: Package): readonly NodeFile[] {
  return files
    .filter(({ path }) => path.startsWith('bin/') || path.startsWith('etc/'))
    .map(({ path }) => ({ path: `${mesosphere}/${path}`, link: `${mesosphere}/packages/${id}/${path}` }))
}

function unitLinks({ name, files }: Package, role: string): readonly NodeFile[] {
  return files.flatMap(({ path }) => {
    const [folder = '', unit = ''] = path.split('/')
    if (folder !== 'dcos.target.wants' && folder !== `dcos.target.wants_${role}`) return []
    const link = `${mesosphere}/active/${name}/${path}`
    return [
      { path: `${systemd}/${unit}`, link },
      { path: `${systemd}/dcos.target.wants/${unit}`, link },
    ]
  })
}

function activeSet(packages: readonly Package[]): readonly NodeFile[] {
  const info = Object.fromEntries(packages.map(({ name, id }) => [name, { package_version: id, name }]))
  return [
    { path: `${mesosphere}/active.buildinfo.full.json`, content: `${JSON.stringify(info, null, 2)}\n` },
    { path: `${mesosphere}/environment`, content: `PATH=${mesosphere}/bin:/usr/sbin:/usr/bin:/sbin:/bin\n` },
    { path: `${mesosphere}/environment.export`, content: `export PATH=${mesosphere}/bin:$PATH\n` },
  ]
}

function identity(spec: NodeSpec, packages: readonly Package[], role: string): readonly NodeFile[] {
  const { name, address, masters, agents, clusterId, bootstrapUrl } = spec
  const config: NodeConfig = {
    ...{ name, role: spec.role, address, masters, agents, clusterId, bootstrapUrl },
    root: spec.root ?? '/',
    timing: { ...labTiming, ...spec.timing },
  }
  return [
    { path: '/etc/lab/node.json', content: `${JSON.stringify(config, null, 2)}\n` },
    { path: '/etc/lab/address', content: `${address}\n` },
    { path: `/etc/mesosphere/roles/${role}`, content: '' },
    { path: '/etc/mesosphere/setup-flags/repository-url', content: `${bootstrapUrl}\n` },
    {
      path: '/etc/mesosphere/setup-flags/cluster-package-list',
      content: `${JSON.stringify(packages.map(({ id }) => id))}\n`,
    },
    { path: '/var/lib/dcos/cluster-id', content: clusterId },
    { path: '/var/lib/lab/settings/upgrade-seconds', content: '4\n' },
    ...(spec.role === 'agent'
      ? [{ path: '/var/lib/dcos/mesos-slave-common', content: 'MESOS_ATTRIBUTES=os:linux\n' }]
      : []),
  ]
}

/**
 * What an operator keeps on a bootstrap host. The lab's bootstrap host is no host that could be logged into: the first master stands in for it.
 */
const genconf = ({ masters, bootstrapUrl }: NodeSpec): readonly NodeFile[] => [
  {
    path: '/srv/bootstrap/genconf/config.yaml',
    content: [
      `bootstrap_url: ${bootstrapUrl}`,
      'cluster_name: lab',
      'exhibitor_storage_backend: static',
      'master_discovery: static',
      'master_list:',
      ...masters.map(({ address }) => `- ${address}`),
      '',
    ].join('\n'),
    mode: 0o600,
  },
  { path: '/srv/bootstrap/genconf/ip-detect', content: '#!/bin/sh\nhostname -I | cut -d" " -f1\n', mode: 0o755 },
  { path: '/srv/bootstrap/genconf/serve/dcos_install.sh', content: '#!/bin/sh\n# simulated\n'.padEnd(64 * 1024, '#') },
]

/** The process that serves the bootstrap host's http: to be run in a network that has the URL's address. */
export function bootstrapCommand(spec: Pick<NodeSpec, 'version' | 'masters' | 'bootstrapUrl'>): {
  argv: string[]
  env: Record<string, string>
} {
  const { version, masters, bootstrapUrl } = spec
  const env = { LAB_BOOTSTRAP: JSON.stringify({ version, masters: masters.length, bootstrapUrl }) }
  return { argv: [process.execPath, fileURLToPath(new URL('bootstrap.ts', import.meta.url))], env }
}
