// `dcosctl init`: discovers a cluster from one of its masters and writes the cluster file.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../src/cli/base-command.ts'

export default class Init extends BaseCommand {
  static override summary =
    'Discover a cluster from one of its masters and write its cluster file. Never overwrites one.'
  static override description =
    `Asks that master who the others are, and Mesos which agents there are; logs in to each to learn its name.
Host keys that are not known yet are shown, and written beside the cluster file after a yes.`
  static override examples = [
    '<%= config.bin %> init --master 10.0.0.11 --user core',
    '<%= config.bin %> init --master m1.example --identity ~/.ssh/dcos --known-hosts ./known_hosts',
  ]
  static override flags = {
    master: Flags.string({
      description: 'any one master: a name, an address or a Host of ~/.ssh/config',
      required: true,
      helpValue: 'HOST',
    }),
    user: Flags.string({ description: 'login user (else as ssh would)', helpValue: 'USER' }),
    identity: Flags.string({ description: 'private key file (else as ssh would)', helpValue: 'FILE' }),
    'known-hosts': Flags.string({ description: 'a known_hosts file beside the usual ones', helpValue: 'FILE' }),
    name: Flags.string({ description: 'what the cluster is to be called (else as Mesos calls it)', helpValue: 'NAME' }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(Init)
    const { resolve } = await import('node:path')
    const { discover } = await import('../src/cli/init/discover.ts')
    const { writeClusterFile } = await import('../src/cli/init/cluster-file.ts')
    const { refuseIfThere } = await import('../src/cli/init/cluster-file.ts')
    const path = resolve(flags.config ?? process.env.DCOSCTL_CONFIG ?? 'dcosctl.yaml')
    await refuseIfThere(path)
    const found = await discover(
      {
        master: flags.master,
        user: flags.user,
        identities: flags.identity ? [resolve(flags.identity)] : [],
        knownHosts: flags['known-hosts'] ? [resolve(flags['known-hosts'])] : [],
        newKnownHosts: `${path}.known_hosts`,
      },
      text => process.stderr.write(`${text}\n`),
    )
    await writeClusterFile(path, found, flags.name)
    const { masters, agents, clusterId } = found
    this.answer(
      `${path} is written: ${masters.length} masters (${masters.map(({ name }) => name).join(', ')}), ${agents.length} agents.\nNow look:  dcosctl check`,
    )
    return { path, clusterId, masters, agents }
  }
}
