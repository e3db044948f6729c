// `dcosctl run adopt`: goes on here with a run that began on another workstation.
import { BaseCommand } from '../../src/cli/base-command.ts'
import { runFlags } from '../../src/cli/run-flags.ts'
import { word } from '../../src/cli/word.ts'

export default class RunAdopt extends BaseCommand {
  static override summary = 'Go on here with a run that began on another workstation and that nobody drives any more.'
  static override description =
    `Its journal must be here: copy the run's folder from the other workstation to the same place on this one. Nodes obey the new driver from then on, and refuse the old one.
If that workstation and its journal are lost:  dcosctl run abandon RUN --lost --reason …`
  static override examples = [
    'scp -r old-laptop:.local/state/dcosctl/orchard/runs/2026-11-20T020000Z-7f3a ~/.local/state/dcosctl/orchard/runs/',
    '<%= config.bin %> run adopt 2026-11-20T020000Z-7f3a',
  ]
  static override args = { run: word({ description: 'its name', required: true }) }
  static override flags = runFlags

  async run(): Promise<object> {
    const { args, flags } = await this.parse(RunAdopt)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { knownRun } = await import('../../src/cli/known-run.ts')
    const { adoptRun } = await import('../../src/cli/go-on-with-run.ts')
    const { reportRun } = await import('../../src/cli/run-report.ts')
    const { confirm } = await import('../../src/cli/confirm.ts')
    return withWorld(flags, async world => {
      const { name } = world.file.cluster
      const known = await knownRun(name, args.run, process.env)
      await confirm(name, `Adopting run ${args.run}`, flags.confirm)
      return this.report(reportRun, await adoptRun(world, known, flags))
    })
  }
}
