// One quick verification of a backup that `backup-once.ts` took: manifest, sums, and the bytes of every object. Usage: verify-once.ts SETTINGS BACKUP
import { verifyBackup } from '../../src/store/verify-backup.ts'
import { benchStore, cluster, readSettings } from './bench-store.ts'

const [file = '', backup = ''] = process.argv.slice(2)
const store = await benchStore(readSettings(file).s3)
const { findings, bytes } = await verifyBackup(store, cluster.name, backup, { level: 'stored' })
if (findings.length > 0) throw new Error(`not well: ${JSON.stringify(findings)}`)
process.stdout.write(`${JSON.stringify({ bytes })}\n`)
