// `dcosctl backup schedule`: lets cron or systemd take backups on this host.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../../src/cli/base-command.ts'
import { runFlags } from '../../../src/cli/run-flags.ts'

export default class BackupSchedule extends BaseCommand {
  static override summary = 'Let this host take backups by itself, by cron or by a systemd timer.'
  static override description =
    `Shows what it would write, runs the very line once with --plan in cron's environment, asks, and writes it. Refused is what works only with a person there: keys with a passphrase or in an agent, secrets from variables of a shell.
What no flag says is as under \`schedule\` in the cluster file. It never overwrites a file that it did not write.`
  static override examples = [
    "<%= config.bin %> backup schedule --cron '0 2 * * *' --jitter 10m",
    {
      description: 'See what would be written, as anybody:',
      command: "<%= config.bin %> backup schedule --cron '0 2 * * *' --plan",
    },
    {
      description: 'In a script, by a systemd timer:',
      command: "<%= config.bin %> backup schedule --cron '30 1 * * 1-5' --system systemd --confirm lab",
    },
  ]
  static override flags = {
    cron: Flags.string({ description: 'when: minute, hour, day, month, day of the week', helpValue: "'0 2 * * *'" }),
    system: Flags.option({
      options: ['cron', 'systemd'] as const,
      description: 'who starts it (else cron where there is /etc/cron.d)',
    })(),
    user: Flags.string({ description: 'who it runs as (else you, behind sudo too)', helpValue: 'NAME' }),
    jitter: Flags.string({ description: 'begin later by up to so much', helpValue: '10m' }),
    'wait-if-busy': Flags.string({
      description: 'wait so long for a changing run that is at work (else skip the night)',
      helpValue: '2h',
    }),
    mail: Flags.string({ description: 'whom cron mails what it says (else as cron does)', helpValue: 'ADDRESS' }),
    plan: Flags.boolean({ description: 'print what would be written, and end', exclusive: ['confirm'] }),
    confirm: runFlags.confirm,
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(BackupSchedule)
    const { clusterFilePlaces, loadClusterFile } = await import('../../../src/config/load.ts')
    const { accountOf } = await import('../../../src/cli/schedule/account.ts')
    const { installSchedule, planText } = await import('../../../src/cli/schedule/install.ts')
    const { makeSchedule } = await import('../../../src/cli/schedule/make.ts')
    const { nextRuns } = await import('../../../src/schedule/cron-expression.ts')
    const environment = process.env
    const { file, path } = await loadClusterFile(clusterFilePlaces(flags.config, environment, process.cwd()))
    const account = await accountOf(flags.user, environment)
    const made = makeSchedule(flags, account, { file, configPath: path, root: this.config.root, environment })
    const next = nextRuns(made.schedule.expression, 3, new Date()).map(moment => moment.toISOString())
    const { files } = made
    if (flags.plan) {
      this.answer(planText(made))
      return { status: 'planned', files, next }
    }
    const show = (text: string) => void process.stderr.write(`${text}\n`)
    const status = await installSchedule(made, account, { confirm: flags.confirm, show })
    const paths = files.map(each => each.path).join(', ')
    this.answer(
      status === 'installed' ? `Written: ${paths}. See:  dcosctl backup schedule show` : `It is there: ${paths}.`,
    )
    return { status, files, next }
  }
}
