// `dcosctl restore`: plans, shows or runs a restore from a backup.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../src/cli/base-command.ts'
import { acceptFlags, planFlags, runFlags } from '../src/cli/run-flags.ts'
import { word } from '../src/cli/word.ts'

export default class Restore extends BaseCommand {
  static override summary =
    'Restore from a backup: ZooKeeper whole or in part, the replicated logs, Marathon, Metronome.'
  static override description =
    `Shows first what it would change (--plan). A run that pauses says what to type; \`dcosctl run resume\` goes on where it stood.
zookeeper stops ZooKeeper on all masters and is for a state that is lost; path:/p writes through a running ensemble.
Exit 20 to 24: paused, see the README; 10: refused before the start; 11: another run has the cluster; 130: stopped as asked.`
  static override examples = [
    {
      description: 'What would a restore of all of ZooKeeper change?',
      command: '<%= config.bin %> restore 2026-11-20T020000Z-7f3a --only zookeeper --plan',
    },
    {
      description: 'Bring back what was deleted below one znode; what is there stays:',
      command: '<%= config.bin %> restore 2026-11-20T020000Z-7f3a --only path:/marathon/state',
    },
    { description: 'Run exactly a plan that was saved:', command: '<%= config.bin %> restore plan.json' },
    {
      description: 'Marathon apps of one group, as they were:',
      command: '<%= config.bin %> restore 2026-11-20T020000Z-7f3a --only marathon:/shop',
    },
  ]
  static override args = {
    backup: word({ description: 'the name of a backup, or a plan that --out saved', required: true }),
  }
  static override flags = {
    ...runFlags,
    only: Flags.string({
      description: 'what to restore: zookeeper, path:/p, replicated-log, marathon, marathon:/group, metronome',
      helpValue: 'WHAT',
    }),
    ...planFlags,
    at: Flags.string({
      description: "the state at this zxid or time, within the backup's logs (else its end)",
      helpValue: 'ZXID|TIME',
    }),
    into: Flags.string({ description: 'restore the subtree there instead of in place', helpValue: '/PATH' }),
    how: Flags.option({
      options: ['merge', 'overwrite', 'mirror'] as const,
      description:
        'merge: only what is missing is created; overwrite: what differs is set, too; mirror: what the backup has not goes',
      default: 'merge' as const,
    })(),
    node: Flags.string({
      description: 'with replicated-log: empty the logs of this one lost master; it catches up from the others',
      helpValue: 'MASTER',
    }),
    identity: Flags.string({ description: 'age identity that opens an encrypted backup', helpValue: 'FILE' }),
    ...acceptFlags(),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Restore)
    const { withWorld } = await import('../src/cli/open-world.ts')
    const { planRestore } = await import('../src/cli/restore/plan-restore.ts')
    const { savePlan, showPlan } = await import('../src/cli/plans.ts')
    return withWorld(flags, async world => {
      const plan = await planRestore(world, args.backup, flags)
      if (flags.plan) {
        this.answer(showPlan(plan))
        if (flags.out) await savePlan(flags.out, plan)
        return plan
      }
      const { startRun } = await import('../src/cli/start-run.ts')
      const { reportRun } = await import('../src/cli/run-report.ts')
      const { confirmPlan } = await import('../src/cli/confirm.ts')
      await confirmPlan(plan, flags.confirm)
      return this.report(reportRun, await startRun(world, plan, flags))
    })
  }
}
