// `dcosctl run abandon`: ends a run where it stands, after bringing back what it took down.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class RunAbandon extends BaseCommand {
  static override summary = 'End a run where it stands: what it took down is brought back, the cluster is released.'
  static override description =
    'Steps still at work on their nodes finish by themselves. Nothing that was done is undone.'
  static override examples = ["<%= config.bin %> run abandon --reason 'window closed, m3 stays on 2.1.1 until Sunday'"]
  static override args = { run: word({ description: 'its name (else the latest that is not ended)' }) }
  static override flags = {
    lost: Flags.boolean({
      description:
        'its workstation and journal are lost: only release the cluster; what was down stays to be looked for',
    }),
    reason: Flags.string({ description: 'why; goes into the journal', required: true }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(RunAbandon)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { abandonRun } = await import('../../src/cli/go-on-with-run.ts')
    const { releaseLostRun } = await import('../../src/cli/taken.ts')
    const { lostRun } = await import('../../src/cli/known-run.ts')
    const { reportRun } = await import('../../src/cli/run-report.ts')
    return withWorld(flags, async world => {
      if (!flags.lost) return this.report(reportRun, await abandonRun(world, args.run, flags.reason))
      const run = lostRun(args.run)
      await releaseLostRun(world, run)
      this.answer(`The claim of run ${run} is released. See what it left:  dcosctl check`)
      return { run, status: 'released', reason: flags.reason }
    })
  }
}
