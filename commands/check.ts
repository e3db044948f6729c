// `dcosctl check`: is the cluster well? The same questions that gates ask.
import { BaseCommand } from '../src/cli/base-command.ts'

export default class Check extends BaseCommand {
  static override summary = 'See whether the cluster is well.'
  static override examples = ['<%= config.bin %> check']

  async run(): Promise<object> {
    await this.parse(Check)
    return {}
  }
}
