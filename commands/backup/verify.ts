// `dcosctl backup verify`: is a backup still what it was when it was written, and can a cluster be brought back from it?
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class BackupVerify extends BaseCommand {
  static override summary = 'Read a backup whole and see that it is what was written, and what can be had from it.'
  static override description =
    `Four levels, each with those below it: stored (its bytes), decoded (understood; the default), opened (decrypted, replayed, held to what the manifest claims), drilled (a scratch ZooKeeper was started from it, and every znode compared).
Exit 3 names every object that is missing, truncated, flipped or surplus, and the first znodes that differ; or says that there is no backup at all. What was found is kept beside the backups; \`dcosctl backup list\` shows it.
Opening lays the files of ZooKeeper out in a private folder under $TMPDIR, which goes with the command.`
  static override examples = [
    '<%= config.bin %> backup verify',
    '<%= config.bin %> backup verify 2026-11-20T020000Z-7f3a --level stored',
    {
      description: 'Every week, from cron: open what was not opened for longest:',
      command: '<%= config.bin %> backup verify --open --all --within 2h --identity /etc/dcosctl/age-key',
    },
    {
      description: "Does a ZooKeeper come up from it? With java and ZooKeeper of this machine, or a master's own:",
      command: '<%= config.bin %> backup verify --drill',
    },
    '<%= config.bin %> backup verify --drill-on m3',
  ]
  static override args = { backup: word({ description: 'its name (else the newest)' }) }
  static override flags = {
    level: Flags.option({
      options: ['stored', 'decoded'] as const,
      description: 'stored: the bytes are those of the manifest; decoded: they are decompressed and understood as well',
      default: 'decoded' as const,
    })(),
    open: Flags.boolean({ description: 'replay ZooKeeper, and hold all of it to what the manifest claims' }),
    drill: Flags.boolean({ description: 'open it, and start a scratch ZooKeeper from it on this machine' }),
    'drill-on': Flags.string({
      description: 'start it on this master instead, beside its own, on loopback, at the lowest priority',
      helpValue: 'MASTER',
    }),
    'zookeeper-home': Flags.string({
      description: "where ZooKeeper's jars are (else the places of DC/OS and Debian)",
      helpValue: 'DIR',
    }),
    identity: Flags.string({ description: 'age identity that opens what is encrypted', helpValue: 'FILE' }),
    all: Flags.boolean({ description: 'every backup, those first that were verified longest ago' }),
    within: Flags.string({
      description: 'with --all: begin no further one after this time',
      helpValue: '2h',
      dependsOn: ['all'],
    }),
    'no-record': Flags.boolean({ description: 'keep nothing of it in the store' }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupVerify)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { verifyBackups } = await import('../../src/cli/verify/verify-backups.ts')
    return withWorld(flags, async world => {
      const { text, json, ending } = await verifyBackups(world, args.backup, {
        ...flags,
        drillOn: flags['drill-on'],
        zookeeperHome: flags['zookeeper-home'],
        record: !flags['no-record'],
      })
      this.answer(text)
      if (ending) this.unwell(ending)
      return json
    })
  }
}
