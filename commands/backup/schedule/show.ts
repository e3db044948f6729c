// `dcosctl backup schedule show`: is it installed, can it run, when does it, and how did it end?
import { BaseCommand } from '../../../src/cli/base-command.ts'

export default class BackupScheduleShow extends BaseCommand {
  static override summary = 'Show what is scheduled on this host, when it runs next and how the last backup ended.'
  static override description =
    "Exit 3 where no backup can be counted on: nothing is scheduled, the file was edited, what it starts is gone, no daemon runs; the last one failed, was killed or hangs; the store can't be asked, has no good backup although one was due, or none since two were due."
  static override examples = [
    '<%= config.bin %> backup schedule show',
    "<%= config.bin %> backup schedule show --json | jq -r '.problems[]'",
  ]

  async run(): Promise<object> {
    const { flags } = await this.parse(BackupScheduleShow)
    const { loadConfig } = await import('../../../src/cli/open-world.ts')
    const { notWell, scheduleReport, scheduleText } = await import('../../../src/cli/schedule/show.ts')
    const now = new Date()
    const report = await scheduleReport(await loadConfig(flags), now)
    this.answer(scheduleText(report, now))
    const wrong = notWell(report)
    if (wrong) this.unwell(wrong)
    return report
  }
}
