// `dcosctl backup show`: what a backup holds.
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class BackupShow extends BaseCommand {
  static override summary = 'Show what a backup holds, from its manifest, and what verify found of it since.'
  static override examples = [
    '<%= config.bin %> backup show',
    '<%= config.bin %> backup show 2026-11-20T020000Z-7f3a --json',
  ]
  static override args = { backup: word({ description: 'its name (else the newest)' }) }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupShow)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { backupText } = await import('../../src/cli/backup-report.ts')
    const { readableBackup } = await import('../../src/cli/named-backup.ts')
    const { readVerified } = await import('../../src/store/verified.ts')
    return withWorld(flags, async world => {
      const store = await world.store()
      const { cluster } = world.file
      const manifest = await readableBackup(store, cluster, args.backup)
      const verified = await readVerified(store, cluster, manifest.backup)
      this.answer(backupText(manifest, verified))
      return { ...manifest, ...(verified ? { verified } : {}) }
    })
  }
}
