// `dcosctl check`: is the cluster well? The same questions that gates ask.
import { BaseCommand } from '../src/cli/base-command.ts'
import { word } from '../src/cli/word.ts'

export default class Check extends BaseCommand {
  static override summary = 'See whether the cluster is well: the questions that gates ask, all at once.'
  static override description = 'Reads only. Exit 0 when all is well, 3 when something is not.'
  static override examples = [
    '<%= config.bin %> check',
    '<%= config.bin %> check registrar-recovered',
    "<%= config.bin %> check --json | jq '.checks[] | select(.well | not)'",
  ]
  static override args = { check: word({ description: 'ask only this one, by its name' }) }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Check)
    const { askHealth, chosenChecks } = await import('../src/cli/health.ts')
    const { checkTable, unwell } = await import('../src/cli/health-report.ts')
    const { withWorld } = await import('../src/cli/open-world.ts')
    const names = chosenChecks(args.check)
    return withWorld(flags, async world => {
      const checks = await askHealth(world, names, () => performance.now())
      this.answer(checkTable(checks, this.hasColours()))
      const wrong = unwell(world.file.cluster.name, checks)
      if (wrong) this.unwell(wrong)
      return { cluster: world.file.cluster, well: wrong === undefined, checks }
    })
  }
}
