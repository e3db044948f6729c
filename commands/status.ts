// `dcosctl status`: the cluster on one page.
import { BaseCommand } from '../src/cli/base-command.ts'

export default class Status extends BaseCommand {
  static override summary =
    'Show the cluster on one page: masters and what each leads, agents, apps, the run that has it, the newest backup.'
  static override examples = [
    '<%= config.bin %> status',
    "<%= config.bin %> status --json | jq '.masters[] | {name, leads}'",
  ]

  async run(): Promise<object> {
    const { flags } = await this.parse(Status)
    const { withWorld } = await import('../src/cli/open-world.ts')
    const { statusOfCluster, statusPage } = await import('../src/cli/cluster-status.ts')
    return withWorld(flags, async world => {
      const status = await statusOfCluster(world)
      this.answer(statusPage(status, new Date()))
      return status
    })
  }
}
