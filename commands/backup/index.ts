// `dcosctl backup`: takes a backup while the cluster runs.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { runFlags } from '../../src/cli/run-flags.ts'

export default class Backup extends BaseCommand {
  static override summary =
    'Back up ZooKeeper, the replicated logs and the other cluster state, while the cluster runs.'
  static override description =
    `Nothing is stopped. Each object is decoded while it is copied and read back from the store; the manifest comes last, and without it there is no backup.
Without a terminal (cron) it prints only failures. Exit 4: there is no backup; 5: a changing run is at work and this one was to skip.`
  static override examples = [
    '<%= config.bin %> backup',
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
    way: Flags.option({
      options: ['files', 'api'] as const,
      description:
        "how ZooKeeper is copied: its files, or every znode through its API, for where its files can't be read",
      default: 'files' as const,
    })(),
    quiet: Flags.boolean({
      description: 'print only failures (always so without a terminal)',
      exclusive: ['progress'],
    }),
    'skip-if-busy': Flags.boolean({ description: 'exit 5, silently, when a changing run is at work' }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(Backup)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { planBackup, skippedIfBusy } = await import('../../src/cli/backup-plan.ts')
    const { showPlan } = await import('../../src/cli/plans.ts')
    return withWorld(flags, async world => {
      if (flags.plan) {
        const plan = await planBackup(world, flags.way)
        this.answer(showPlan(plan))
        return plan
      }
      const { startRun } = await import('../../src/cli/start-run.ts')
      const { reportRun } = await import('../../src/cli/run-report.ts')
      const quiet = flags.quiet || (flags.progress === undefined && process.stderr.isTTY !== true)
      const left = await skippedIfBusy(flags['skip-if-busy'], world, async () =>
        startRun(world, await planBackup(world, flags.way), { ...flags, quiet }),
      )
      return this.report(ended => ({ ...reportRun(ended), ...(quiet ? { text: '' } : {}) }), left)
    })
  }
}
