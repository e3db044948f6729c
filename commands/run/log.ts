// `dcosctl run log`: everything a run said, from its journal.
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class RunLog extends BaseCommand {
  static override summary = 'Print everything that a run journaled, in order.'
  static override examples = ['<%= config.bin %> run log', '<%= config.bin %> run log --json']
  static override args = { run: word({ description: 'its name (else the latest that is not ended)' }) }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(RunLog)
    const { loadConfig } = await import('../../src/cli/open-world.ts')
    const { knownRun } = await import('../../src/cli/known-run.ts')
    const { readJournal } = await import('../../src/engine/journal-file.ts')
    const { plain } = await import('../../src/output/plain.ts')
    const { cluster } = await loadConfig(flags)
    const { run, folder } = await knownRun(cluster.name, args.run, process.env)
    const records = await readJournal(folder)
    const printer = plain(text => this.answer(text))
    for (const { at, event } of records) printer.tell({ ...event, at })
    return { run, records }
  }
}
