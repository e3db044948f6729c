// `dcosctl run resolve`: a person says what became of a step in doubt.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class RunResolve extends BaseCommand {
  static override summary = 'Say what became of a step that only a person can judge.'
  static override description = 'Writes it into the journal; `dcosctl run resume` then goes on from there.'
  static override examples = [
    "<%= config.bin %> run resolve masters/m2/upgrade --as done --reason 'pkgpanda setup finished it, version file says 2.2.1'",
  ]
  static override args = {
    part: word({ description: 'the step, by its id', required: true }),
    run: word({ description: 'the run (else the latest that is not ended)' }),
  }
  static override flags = {
    as: Flags.option({ options: ['done', 'not-done'] as const, description: 'what became of it', required: true })(),
    reason: Flags.string({ description: 'how you know; goes into the journal', required: true }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(RunResolve)
    const { loadConfig } = await import('../../src/cli/open-world.ts')
    const { knownRun } = await import('../../src/cli/known-run.ts')
    const { resolveStep } = await import('../../src/cli/person-says.ts')
    const { cluster } = await loadConfig(flags)
    const known = await knownRun(cluster.name, args.run, process.env)
    const event = await resolveStep(known, args.part, flags.as, flags.reason)
    this.answer(`${args.part} is ${flags.as}. Go on:  dcosctl run resume`)
    return { run: known.run, ...event }
  }
}
