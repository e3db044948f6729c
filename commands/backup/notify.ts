// `dcosctl backup notify`: try whom the cluster file names under `notify`, before a night needs them.
import { BaseCommand } from '../../src/cli/base-command.ts'

export default class BackupNotify extends BaseCommand {
  static override summary = 'Send a test to everybody whom the cluster file names under `notify`.'
  static override description =
    'The webhook gets a message that says it is a test, the ping a start, the folder of the textfile a file for a moment. Exit 3 names who could not be told.'
  static override examples = ['<%= config.bin %> backup notify']

  async run(): Promise<object> {
    const { flags } = await this.parse(BackupNotify)
    const { loadConfig } = await import('../../src/cli/open-world.ts')
    const { notTold, tryNotices } = await import('../../src/cli/nightly/try-notices.ts')
    const deliveries = await tryNotices(await loadConfig(flags), process.env)
    this.answer(deliveries.map(({ to, trouble }) => `${trouble ? 'NOT TOLD' : 'told    '}  ${to}`).join('\n'))
    const wrong = notTold(deliveries)
    if (wrong) this.unwell(wrong)
    return { deliveries }
  }
}
