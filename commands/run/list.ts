// `dcosctl run list`: the runs that began on this workstation.
import { BaseCommand } from '../../src/cli/base-command.ts'

export default class RunList extends BaseCommand {
  static override summary = 'List the runs of this cluster that began on this workstation.'
  static override examples = ['<%= config.bin %> run list']

  async run(): Promise<object> {
    const { flags } = await this.parse(RunList)
    const { loadConfig } = await import('../../src/cli/open-world.ts')
    const { runRows, runTable } = await import('../../src/cli/run-report.ts')
    const { listRuns, runsFolder } = await import('../../src/engine/runs.ts')
    const { cluster } = await loadConfig(flags)
    const runs = runRows(await listRuns(runsFolder(process.env, cluster.name)))
    this.answer(runs.length > 0 ? runTable(runs, this.hasColours()) : `No run of ${cluster.name} began here.`)
    return { cluster, runs }
  }
}
