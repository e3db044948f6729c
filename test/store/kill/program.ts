// The program that is killed: takes or removes one backup. Arguments: what, the store's address as JSON, the backup.
import { openStore } from '../open-store.ts'
import { work } from './cluster.ts'

const [what = '', address = '', run = ''] = process.argv.slice(2)
await work(what === 'take' ? 'take' : 'remove', await openStore(JSON.parse(address)), run, { large: true })
process.exit(0) // its connections would keep it for a while
