// `dcosctl inspect zookeeper`: what is in ZooKeeper's files, without a server.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class InspectZookeeper extends BaseCommand {
  static override summary =
    'See what is in a folder or archive of ZooKeeper files: the tree at an exact zxid, and what may be claimed of it.'
  static override description =
    `Reads only, and needs no server: snapshots and transaction logs of ZooKeeper 3.4 to 3.9, as a member or a backup has them.
Exit 0 when the state is exact; 3 when transactions behind it are lost, or when nothing may be trusted (then no znode is printed).
--json prints lines: the first about the whole (zxid, znodes, claim, notes), then one per znode, sorted by path; with --path only that znode and those below it.`
  static override examples = [
    '<%= config.bin %> inspect zookeeper files.tar.zst',
    {
      description: 'One znode, as it was:',
      command: '<%= config.bin %> inspect zookeeper files.tar.zst --path /marathon/leader --at 0x20000028f',
    },
    {
      description: 'Who deleted it, and when:',
      command: '<%= config.bin %> inspect zookeeper files.tar.zst --log --path /marathon/state',
    },
    "<%= config.bin %> inspect zookeeper /var/lib/dcos/exhibitor/zookeeper --json | jq -r 'select(.path).path'",
  ]
  static override args = {
    files: word({ description: 'a folder, .tar, .tar.gz or .tar.zst', required: true }),
  }
  static override flags = {
    at: Flags.string({ description: 'the state at this transaction (else the last one)', helpValue: 'ZXID' }),
    path: Flags.string({ description: 'only this znode: data, ACL, stat and children', helpValue: 'PATH' }),
    stats: Flags.boolean({
      description: 'count and sizes by subtree, znodes without ACL, foreign top-level znodes',
      exclusive: ['log'],
    }),
    depth: Flags.integer({
      description: 'how many names of a path make a subtree (else 1)',
      min: 0,
      max: 100,
      helpValue: 'N',
      dependsOn: ['stats'],
    }),
    log: Flags.boolean({ description: 'who changed or deleted what, and when; from the logs' }),
    'fuzz-end': Flags.string({
      description: 'the last transaction that may be in the newest snapshot: what srvr said once it was complete',
      helpValue: 'ZXID',
      exclusive: ['log'],
    }),
  }

  async run(): Promise<object | undefined> {
    const { args, flags } = await this.parse(InspectZookeeper)
    const { inspectZookeeper } = await import('../../src/cli/inspect/zookeeper.ts')
    const { ending, json } = await inspectZookeeper(
      { ...flags, files: args.files, fuzzEnd: flags['fuzz-end'], json: this.jsonEnabled() },
      process.stdout,
    )
    if (ending) this.unwell(ending)
    return json
  }
}
