// `dcosctl backup verify`: is a backup still what it was when it was written?
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.ts'
import { word } from '../../src/cli/word.ts'

export default class BackupVerify extends BaseCommand {
  static override summary = 'Read a backup whole and see that it is what was written, and that it decodes.'
  static override description =
    'Exit 3 names every object that is missing, truncated, flipped or surplus. Encrypted objects are compared; they are decoded only with --identity.'
  static override examples = [
    '<%= config.bin %> backup verify',
    '<%= config.bin %> backup verify 2026-11-20T020000Z-7f3a --level stored',
  ]
  static override args = { backup: word({ description: 'its name (else the newest)' }) }
  static override flags = {
    level: Flags.option({
      options: ['stored', 'decoded'] as const,
      description: 'stored: the bytes are those of the manifest; decoded: they are decompressed and understood as well',
      default: 'decoded' as const,
    })(),
    identity: Flags.string({ description: 'age identity that opens what is encrypted', helpValue: 'FILE' }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupVerify)
    const { withWorld } = await import('../../src/cli/open-world.ts')
    const { notWell, verificationText } = await import('../../src/cli/backup-report.ts')
    const { newestName } = await import('../../src/cli/named-backup.ts')
    const { levelFor } = await import('../../src/cli/verify-level.ts')
    const { verifyBackup } = await import('../../src/store/verify-backup.ts')
    const { progressLine } = await import('../../src/output/progress-line.ts')
    return withWorld(flags, async world => {
      const store = await world.store()
      const backup = args.backup ?? (await newestName(store, world.file.cluster))
      const { level, options } = await levelFor(store, world.file.cluster.name, backup, flags)
      const line = progressLine(process.stderr)
      const verification = await verifyBackup(store, world.file.cluster.name, backup, {
        level: options,
        progress: ({ object, bytes, of }) => line.show(`${Math.floor((100 * bytes) / Math.max(1, of))} %  ${object}`),
      }).finally(() => line.close())
      this.answer(verificationText(verification, level))
      const wrong = notWell(store.where, verification)
      if (wrong) this.unwell(wrong)
      const { findings, objects, bytes } = verification
      return { store: store.where, backup, level, well: wrong === undefined, objects, bytes, findings }
    })
  }
}
