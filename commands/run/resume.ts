// `dcosctl run resume`: goes on with a run where it stood.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { runFlags } from '../../src/cli/run-flags.ts'
import { word } from '../../src/cli/word.ts'

export default class RunResume extends BaseCommand {
  static override summary = 'Go on with a run exactly where it stood.'
  static override description =
    `First brings back what the run had taken down, then looks at each step that was begun: one still at work on its node is found again, one that is done is not done twice. Gates are asked again.`
  static override examples = [
    '<%= config.bin %> run resume',
    "<%= config.bin %> run resume --override masters/m2/node-is-well --reason 'clock_sync is known, ticket 4711'",
  ]
  static override args = { run: word({ description: 'its name (else the latest that is not ended)' }) }
  static override flags = {
    progress: runFlags.progress,
    override: Flags.string({ description: 'let this gate pass once', helpValue: 'GATE', dependsOn: ['reason'] }),
    reason: Flags.string({ description: 'why; goes into the journal', dependsOn: ['override'] }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(RunResume)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { knownRun } = await import('../../src/cli/known-run.ts')
    const { resumeRun } = await import('../../src/cli/go-on-with-run.ts')
    const { reportRun } = await import('../../src/cli/run-report.ts')
    const { overrideGate } = await import('../../src/cli/person-says.ts')
    return withWorld(flags, async world => {
      const known = await knownRun(world.file.cluster.name, args.run, process.env)
      const said = flags.override && flags.reason ? [overrideGate(known.state, flags.override, flags.reason)] : []
      return this.report(reportRun, await resumeRun(world, known, said, flags))
    })
  }
}
