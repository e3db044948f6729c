// `dcosctl backup list`: what is in the store.
import { BaseCommand } from '../../src/cli/base-command.ts'

export default class BackupList extends BaseCommand {
  static override summary = "List this cluster's backups, oldest first. Asks only the store."
  static override examples = [
    '<%= config.bin %> backup list',
    "<%= config.bin %> backup list --json | jq -r '.whole[-1].backup'",
  ]

  async run(): Promise<object> {
    const { flags } = await this.parse(BackupList)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { backupTable } = await import('../../src/cli/backup-report.ts')
    const { listBackups } = await import('../../src/store/backups.ts')
    const { verifiedOf } = await import('../../src/cli/verify/verify-all.ts')
    return withWorld(flags, async world => {
      const store = await world.store()
      const backups = await listBackups(store, world.file.cluster)
      const verified = await verifiedOf(store, world.file.cluster, backups)
      this.answer(backupTable(backups, verified, new Date()))
      return { store: store.where, ...backups, verified: [...verified.values()] }
    })
  }
}
