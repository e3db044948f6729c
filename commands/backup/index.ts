// `dcosctl backup`: takes a backup while the cluster runs.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { runFlags } from '../../src/cli/run-flags.ts'

export default class Backup extends BaseCommand {
  static override summary =
    'Back up ZooKeeper, the replicated logs and the other cluster state, while the cluster runs.'
  static override description =
    `Nothing is stopped, but with --way stopped. While ZooKeeper has no quorum its files are taken from the disk of the master that reaches furthest. Each object is decoded while it is copied and read back from the store; the manifest comes last, and without it there is no backup.
Without a terminal (cron) it prints only failures. Exit 4: there is no backup; 5: a changing run is at work and this one was to skip.`
  static override examples = [
    '<%= config.bin %> backup',
    {
      description: 'As dcos-zk does, one follower stopped for seconds:',
      command: '<%= config.bin %> backup --way stopped',
    },
    { description: 'See what would be copied, and from where:', command: '<%= config.bin %> backup --plan' },
    {
      description: 'Every night at two, from cron:',
      command: '0 2 * * *  <%= config.bin %> backup --quiet --skip-if-busy',
    },
  ]
  static override flags = {
    progress: runFlags.progress,
    plan: Flags.boolean({
      description: 'show what would be copied and end; nothing is written',
      exclusive: ['progress'],
    }),
    quiet: Flags.boolean({
      description: 'print only failures (always so without a terminal)',
      exclusive: ['progress'],
    }),
    way: Flags.string({
      description: 'how: from running servers, or with one service of one master stopped while it is copied',
      options: ['files', 'stopped'],
    }),
    accept: Flags.string({
      description: 'accept this by name; may be given twice',
      options: ['no-majority-lock', 'single-master-outage'],
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['reason'],
    }),
    reason: Flags.string({
      description: 'why it is accepted; goes into the plan and the journal',
      dependsOn: ['accept'],
    }),
    'skip-if-busy': Flags.boolean({ description: 'exit 5, silently, when a changing run is at work' }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(Backup)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { planBackup, skippedIfBusy } = await import('../../src/cli/backup-plan.ts')
    const { endDeadBackups } = await import('../../src/cli/dead-backup.ts')
    const { showPlan } = await import('../../src/cli/plans.ts')
    return withWorld(flags, async world => {
      if (flags.plan) {
        const plan = await planBackup(world, flags)
        this.answer(showPlan(plan))
        return plan
      }
      const { startRun } = await import('../../src/cli/start-run.ts')
      const { reportRun } = await import('../../src/cli/run-report.ts')
      const quiet = flags.quiet || (flags.progress === undefined && process.stderr.isTTY !== true)
      await endDeadBackups(world)
      const left = await skippedIfBusy(flags['skip-if-busy'], world, async () =>
        startRun(world, await planBackup(world, flags), { ...flags, quiet }),
      )
      return this.report(ended => ({ ...reportRun(ended), ...(quiet ? { text: '' } : {}) }), left)
    })
  }
}
