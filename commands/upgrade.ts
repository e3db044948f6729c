// `dcosctl upgrade`: plans, shows or runs a rolling upgrade in place.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../src/cli/base-command.ts'
import { acceptFlags, planFlags, runFlags } from '../src/cli/run-flags.ts'
import { word } from '../src/cli/word.ts'

export default class Upgrade extends BaseCommand {
  static override summary = 'Upgrade DC/OS in place: masters one at a time, leaders last, then agents behind a canary.'
  static override description =
    `Pauses by itself when a gate does not hold, and says what to type. \`dcosctl run resume\` goes on where it stood.
Both versions are read from the node upgrade script, which a master fetches; --to only asserts.
Exit 20: paused at a gate; 21: at a step that failed; 22: in doubt; 23: too many nodes failed; 24: the claim was lost; 10: refused before the start; 11: another run has the cluster; 130: stopped as asked.`
  static override examples = [
    {
      description: 'Show the plan, and save it for the change ticket:',
      command: '<%= config.bin %> upgrade --plan --out plan.json',
    },
    { description: 'Run exactly that plan:', command: '<%= config.bin %> upgrade plan.json' },
    {
      description: 'From a script, where nobody can be asked:',
      command: '<%= config.bin %> upgrade plan.json --confirm orchard',
    },
  ]
  static override args = {
    planfile: word({ description: 'a plan that --out saved; without it one is made now' }),
  }
  static override flags = {
    ...runFlags,
    ...planFlags,
    to: Flags.string({ description: 'refuse any script that leads to another version', helpValue: 'VERSION' }),
    'script-url': Flags.string({
      description: 'the node upgrade script (else upgrade.scriptUrl of the cluster file)',
      helpValue: 'URL',
    }),
    ...acceptFlags(['undocumented-path', 'single-master-outage']),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Upgrade)
    const { withWorld } = await import('../src/cli/open-world.ts')
    const { planUpgrade } = await import('../src/cli/upgrade-plan.ts')
    const { readPlanFile } = await import('../src/config/plan-file.ts')
    const { sameCluster, savePlan, scriptUrlOf, showPlan, stillHolds } = await import('../src/cli/plans.ts')
    const { whoami } = await import('../src/cli/whoami.ts')
    const { nobodyHasIt } = await import('../src/cli/claim-session.ts')

    const saved = args.planfile === undefined ? undefined : await readPlanFile(args.planfile)
    return withWorld(flags, async world => {
      const scriptUrl = flags['script-url'] ?? (saved && scriptUrlOf(saved))
      const wanted = { ...flags, scriptUrl, accepted: saved?.accepted }
      if (saved) sameCluster(saved, world.file.cluster)
      if (!flags.plan) await nobodyHasIt(world)
      const made = await planUpgrade(world, wanted, whoami().user)
      if (saved) stillHolds(saved, made)
      const plan = saved ?? made
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
