// `dcosctl backup diff`: what changed between two backups, or since one of them.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class BackupDiff extends BaseCommand {
  static override summary = 'Show what differs between two backups, or between a backup and the cluster as it is now.'
  static override description =
    `By meaning: Marathon apps and pods, Metronome jobs, agents, quotas, weights, minimum capabilities, flags, versions. By path: every znode of ZooKeeper. Values of environments, commands and labels are never shown.
Changes nothing. \`live\` is copied from a follower as a backup would be, without a store. Exit 0 with differences, too, unless --exit-code is given.
--json prints lines: the first about both sides, then one per difference.`
  static override examples = [
    { description: 'What happened since?', command: '<%= config.bin %> backup diff 2026-11-20T020000Z-7f3a' },
    '<%= config.bin %> backup diff 2026-11-20T020000Z-7f3a 2026-11-21T020000Z-0c21 --path /marathon --all',
    '<%= config.bin %> backup diff 2026-11-20T020000Z-7f3a --json | jq -r \'select(.change == "deleted").path\'',
  ]
  static override args = {
    before: word({ description: 'the name of a backup', required: true }),
    after: word({ description: 'another one, or live', default: 'live' }),
  }
  static override flags = {
    path: Flags.string({ description: 'only this znode and those below it', helpValue: 'PATH' }),
    all: Flags.boolean({ description: 'every difference by name, not only the first' }),
    stat: Flags.boolean({ description: 'count znodes whose stat alone differs, too' }),
    identity: Flags.string({ description: 'age identity that opens what is encrypted', helpValue: 'FILE' }),
    'exit-code': Flags.boolean({ description: 'exit 3 where they differ' }),
  }

  async run(): Promise<undefined> {
    const { args, flags } = await this.parse(BackupDiff)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { diffBackups } = await import('../../src/cli/diff/diff-backups.ts')
    await withWorld(flags, async world => {
      const asked = { ...flags, exitCode: flags['exit-code'], json: this.jsonEnabled() }
      const ending = await diffBackups(world, [args.before, args.after], asked, process.stdout)
      if (ending) this.unwell(ending)
    })
  }
}
