// The systemd units of the simulated services, with the restart rules of DC/OS' own (dcos/dcos packages/*/extra/*.service).

/** Where a node has what Node compiled before. */
export const compileCacheOfNode = '/var/tmp/lab-compile-cache'

type Unit = {
  readonly name: string
  readonly service: string
  readonly description: string
  readonly options: readonly string[]
}

const units: readonly Unit[] = [
  {
    name: 'dcos-exhibitor',
    service: 'exhibitor',
    description: 'Exhibitor',
    options: ['RestartSec=5', 'LimitNOFILE=16384'],
  },
  { name: 'dcos-mesos-master', service: 'mesos-master', description: 'Mesos Master', options: ['RestartSec=15'] },
  {
    name: 'dcos-mesos-slave',
    service: 'mesos-agent',
    description: 'Mesos Agent',
    options: ['RestartSec=5', 'KillMode=control-group', 'Delegate=true'],
  },
  { name: 'dcos-marathon', service: 'marathon', description: 'Marathon', options: ['RestartSec=15'] },
  { name: 'dcos-metronome', service: 'metronome', description: 'Metronome', options: ['RestartSec=15'] },
]

function text({ service, description, options }: Unit): string {
  return [
    '[Unit]',
    `Description=${description}: simulated by the dcosctl lab`,
    'After=dcos-setup.service',
    'StartLimitIntervalSec=0',
    '[Service]',
    'Restart=always',
    ...options,
    `Environment=NODE_COMPILE_CACHE=${compileCacheOfNode}`,
    `ExecStart=/opt/lab/bin/node /opt/lab/repo/test/lab/services/${service}.ts`,
    '',
  ].join('\n')
}

/** The unit file of that name, such as dcos-marathon; throws for a unit the lab does not have. */
export function unitFile(name: string): string {
  const unit = units.find(found => found.name === name)
  if (unit === undefined) throw new Error(`The lab has no unit ${name}`)
  return text(unit)
}

/** Started at boot; wants every unit linked in /etc/systemd/system/dcos.target.wants. */
export const dcosTarget = ['[Unit]', 'Description=DC/OS (simulated services)', 'After=dcos-setup.service', ''].join(
  '\n',
)

/** Finishes, at boot, a package swap that was cut off. */
export const dcosSetup = [
  '[Unit]',
  'Description=Pkgpanda: finish a package swap that was cut off (simulated)',
  'ConditionPathExists=/opt/mesosphere/install_progress',
  'Before=dcos.target',
  '[Service]',
  'Type=oneshot',
  'ExecStart=/opt/mesosphere/bin/pkgpanda setup',
  '',
].join('\n')
