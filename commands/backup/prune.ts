// `dcosctl backup prune`: removes the backups that no rule of the cluster file keeps.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { runFlags } from '../../src/cli/run-flags.ts'

export default class BackupPrune extends BaseCommand {
  static override summary = 'Remove the backups that no rule of the cluster file (retention.keep) keeps.'
  static override description =
    `Asks and changes the store alone: it works while the cluster is down. The newest backup that is verified and well is always kept; damaged ones and those of another cluster are left alone. What killed backups left is removed after a day.
Without a terminal (cron) it prints only failures. Exit 4: it did not come to its end; the next one goes on.`
  static override examples = [
    { description: 'See which would go, and why each:', command: '<%= config.bin %> backup prune --plan' },
    '<%= config.bin %> backup prune',
    {
      description: 'Every night after the backup, from cron:',
      command: '0 2 * * *  <%= config.bin %> backup --quiet && <%= config.bin %> backup prune --quiet',
    },
  ]
  static override flags = {
    progress: runFlags.progress,
    plan: Flags.boolean({
      description: 'show the fate of every backup and end; nothing is removed',
      exclusive: ['progress'],
    }),
    quiet: Flags.boolean({
      description: 'print only failures (always so without a terminal)',
      exclusive: ['progress'],
    }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(BackupPrune)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { planPrune, pruneTable } = await import('../../src/cli/prune-plan.ts')
    return withWorld(flags, async world => {
      const now = new Date()
      const planned = await planPrune(world, now)
      const quiet = flags.quiet || (flags.progress === undefined && process.stderr.isTTY !== true)
      if (flags.plan || planned.plan.stages.length === 0) {
        if (flags.plan || !quiet) this.answer(pruneTable(planned, now))
        return planned
      }
      const { startStoreRun } = await import('../../src/cli/start-run.ts')
      const { reportRun } = await import('../../src/cli/run-report.ts')
      const left = await startStoreRun(world, planned.plan, { ...flags, quiet })
      return this.report(ended => ({ ...reportRun(ended), ...(quiet ? { text: '' } : {}) }), left)
    })
  }
}
