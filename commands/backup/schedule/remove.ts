// `dcosctl backup schedule remove`: no more backups by themselves on this host.
import { BaseCommand } from '../../../src/cli/base-command.ts'
import { runFlags } from '../../../src/cli/run-flags.ts'

export default class BackupScheduleRemove extends BaseCommand {
  static override summary = 'Remove what `backup schedule` wrote on this host, and nothing else.'
  static override description = 'Asks only where the file was edited by hand. Where nothing is scheduled it is done.'
  static override examples = ['<%= config.bin %> backup schedule remove']
  static override flags = { confirm: runFlags.confirm }

  async run(): Promise<object> {
    const { flags } = await this.parse(BackupScheduleRemove)
    const { loadConfig } = await import('../../../src/cli/open-world.ts')
    const { removeSchedule } = await import('../../../src/cli/schedule/remove.ts')
    const { cluster } = await loadConfig(flags)
    const show = (text: string) => void process.stderr.write(`${text}\n`)
    const removed = await removeSchedule(cluster.name, { confirm: flags.confirm, show })
    this.answer(
      removed.length > 0 ? `Removed: ${removed.join(', ')}.` : `Nothing is scheduled for ${cluster.name} here.`,
    )
    return { removed }
  }
}
