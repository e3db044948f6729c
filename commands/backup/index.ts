// `dcosctl backup`: takes a backup while the cluster runs.
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { acceptFlags, runFlags } from '../../src/cli/run-flags.ts'

export default class Backup extends BaseCommand {
  static override summary =
    'Back up ZooKeeper, the replicated logs and the other cluster state, while the cluster runs.'
  static override description =
    `Nothing is stopped, but with --way stopped. While ZooKeeper has no quorum its files are taken from the disk of the master that reaches furthest. Each object is decoded while it is copied and read back from the store; the manifest comes last, and without it there is no backup.
Without a terminal (cron) it prints only failures. Exit 4: there is no backup; 5: a changing run is at work and this one was to skip.
How it ended is told to whom the cluster file names under \`notify\`, and remembered for \`backup schedule show\`.`
  static override examples = [
    '<%= config.bin %> backup',
    {
      description: 'As dcos-zk does, one follower stopped for seconds:',
      command: '<%= config.bin %> backup --way stopped',
    },
    { description: 'See what would be copied, and from where:', command: '<%= config.bin %> backup --plan' },
    {
      description: 'Every night at two:',
      command: "<%= config.bin %> backup schedule --cron '0 2 * * *'",
    },
  ]
  static override flags = {
    progress: runFlags.progress,
    plan: Flags.boolean({
      description: 'show what would be copied and end; nothing is written',
      exclusive: ['progress'],
    }),
    quiet: Flags.boolean({
      description: 'print only failures (always so without a terminal), 80 columns wide',
      exclusive: ['progress'],
    }),
    way: Flags.string({
      description:
        "how: the files of running servers (the default); with one service of one master stopped while it is copied; or, where ZooKeeper's files can't be read, every znode through its API",
      options: ['files', 'stopped', 'api'],
    }),
    ...acceptFlags(['no-majority-lock', 'single-master-outage']),
    unattended: Flags.boolean({
      description:
        'refuse at once what needs a person (keys with a passphrase or in an agent, secrets from the environment), skip while the one before is at work on this host; with --plan, ask the store as well',
    }),
    'skip-if-busy': Flags.boolean({
      description: 'exit 5, silently, when a changing run is at work',
      exclusive: ['wait-if-busy'],
    }),
    'wait-if-busy': Flags.string({
      description: 'wait so long for a changing run that is at work, then exit 5, silently',
      helpValue: '2h',
    }),
    'start-within': Flags.string({
      description: 'begin later by up to so much; how much is fixed by cluster and host',
      helpValue: '10m',
    }),
  }

  #isQuiet = false

  /** What goes into a mail is 80 columns wide. */
  protected override shown() {
    return { ...super.shown(), ...(this.#isQuiet ? { width: 80 } : {}) }
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(Backup)
    this.#isQuiet = flags.quiet
    const { clusterFilePlaces, loadClusterFile } = await import('../../src/config/load.ts')
    const { startsAfter, whenBusy } = await import('../../src/cli/nightly/options.ts')
    const { withWorldOf } = await import('../../src/cli/open-world.ts')
    const { nobodyAtWorkIn, planBackup, whenNotBusy } = await import('../../src/cli/backup-plan.ts')
    const { endDeadBackups } = await import('../../src/cli/dead-backup.ts')
    const { showPlan } = await import('../../src/cli/plans.ts')
    const { refuseWhatNeedsAPerson } = await import('../../src/cli/nightly/unattended.ts')
    const busy = whenBusy(flags)
    const { file, path } = await loadClusterFile(clusterFilePlaces(flags.config, process.env, process.cwd()))
    const delay = startsAfter(flags, file.cluster.id)
    if (flags.plan) {
      if (flags.unattended) await refuseWhatNeedsAPerson(file, process.env)
      const { listBackups } = await import('../../src/store/backups.ts')
      return withWorldOf(file, async world => {
        const plan = await planBackup(world, flags)
        if (flags.unattended) await listBackups(await world.store(), file.cluster)
        this.answer(showPlan(plan))
        return plan
      })
    }
    const { watched } = await import('../../src/cli/nightly/watch.ts')
    const { startRun } = await import('../../src/cli/start-run.ts')
    const { reportRun } = await import('../../src/cli/run-report.ts')
    const quiet = flags.quiet || (flags.progress === undefined && process.stderr.isTTY !== true)
    if (delay > 0) await (await import('node:timers/promises')).setTimeout(delay * 1000)
    const watching = {
      file,
      configPath: path,
      environment: process.env,
      skipBeside: flags.unattended,
      complain: (line: string) => void process.stderr.write(`${line}\n`),
    }
    const { left, ending } = await watched(watching, async begin => {
      if (flags.unattended) await refuseWhatNeedsAPerson(file, process.env)
      return withWorldOf(file, async world => {
        await endDeadBackups(world)
        return whenNotBusy(busy, nobodyAtWorkIn(world), async () => {
          begin()
          return startRun(world, await planBackup(world, flags), { ...flags, quiet })
        })
      })
    })
    if (!left) throw ending ?? new Error('a backup that neither ran nor failed')
    return this.report(ended => ({ ...reportRun(ended), ...(quiet ? { text: '' } : {}), ending }), left)
  }
}
