// `dcosctl inspect replicated-log`: what is in the replicated logs of a master, without a master.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class InspectReplicatedLog extends BaseCommand {
  static override summary =
    'See what is in the replicated logs of a Mesos master: the registry with its agents, and the overlay state.'
  static override description =
    `Reads only: opens, locks and compacts nothing. Never point mesos-log at a live log instead.
Exit 0 when the log is sound and fit to restore from; 3 when it is not, or when nothing in it may be trusted.`
  static override examples = [
    '<%= config.bin %> inspect replicated-log m1.tar.zst',
    '<%= config.bin %> inspect replicated-log /var/lib/dcos/mesos/master/replicated_log',
    "<%= config.bin %> inspect replicated-log m1.tar.zst --json | jq '.variables.registry.agents | length'",
  ]
  static override args = {
    log: word({
      description: 'a folder of one log or of both, or a .tar, .tar.gz or .tar.zst of them',
      required: true,
    }),
  }
  static override flags = {
    log: Flags.option({
      options: ['replicated_log', 'overlay_replicated_log'] as const,
      description: 'only this one (with --json else the first)',
    })(),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(InspectReplicatedLog)
    const { inspectReplicatedLog } = await import('../../src/cli/inspect/replicated-log.ts')
    const { text, json, ending } = await inspectReplicatedLog(args.log, flags.log, this.jsonEnabled())
    this.answer(text)
    if (ending) this.unwell(ending)
    return json
  }
}
