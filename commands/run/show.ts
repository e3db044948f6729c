// `dcosctl run show`: where a run stands, part by part.
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class RunShow extends BaseCommand {
  static override summary = 'Show where a run stands, part by part.'
  static override examples = ['<%= config.bin %> run show', '<%= config.bin %> run show 2026-11-20T020000Z-7f3a --json']
  static override args = { run: word({ description: 'its name (else the latest that is not ended)' }) }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(RunShow)
    const { loadConfig } = await import('../../src/cli/open-world.ts')
    const { knownRun } = await import('../../src/cli/known-run.ts')
    const { runJson, runText } = await import('../../src/cli/run-report.ts')
    const { cluster } = await loadConfig(flags)
    const known = await knownRun(cluster.name, args.run, process.env)
    this.answer(runText(known))
    return runJson(known)
  }
}
