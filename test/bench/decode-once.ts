// One measured reading of ZooKeeper files: `check` the snapshot; `replay` the logs over a whole tree in memory, or make that, too (`restore`);
// `inspect` the state as dcosctl does, which holds only what the logs touch, or only what it is `without-logs`. Prints what it took without starting up.
import { checkSnapshot } from '../../src/zookeeper/files/check-snapshot.ts'
import { dataFiles, neededLogs } from '../../src/zookeeper/files/choose-files.ts'
import { followLogs } from '../../src/zookeeper/files/follow-logs.ts'
import { inspectLarge } from '../../src/zookeeper/files/large-state.ts'
import { loadTree } from '../../src/zookeeper/files/load-tree.ts'
import { openFiles } from '../../src/zookeeper/files/open-files.ts'
import { apply } from '../../src/zookeeper/files/replay.ts'

const [what = '', root = ''] = process.argv.slice(2)
const { names, open } = await openFiles(root)
const { snapshots, logs } = dataFiles(names)
const snapshot = snapshots.at(-1)
if (!snapshot) throw new Error(`no snapshot in ${root}`)

let began = process.cpuUsage()
let count = 0
let at = ''
if (what === 'check') {
  count = (await checkSnapshot(open(snapshot.file))).seal.znodes
} else if (what === 'inspect' || what === 'without-logs') {
  const asked = what === 'inspect' ? names : [snapshot.file]
  const inspection = await inspectLarge({ names: asked, open }, { fuzzEnd: snapshot.zxid })
  if (inspection.claim === 'none') throw new Error(inspection.reason)
  count = what === 'inspect' ? inspection.transactions : inspection.state.totals.znodes
  at = `0x${inspection.zxid.toString(16)}`
} else {
  const tree = await loadTree(open(snapshot.file))
  if (what === 'replay') began = process.cpuUsage()
  const { records, last } = await followLogs({
    ...{ base: snapshot.zxid, logs: neededLogs(logs, snapshot.zxid), open },
    onTransaction: transaction => apply(tree, transaction, '3.6'),
  })
  count = what === 'replay' ? records : tree.znodes.size
  at = `0x${last.toString(16)}`
}
const { user, system } = process.cpuUsage(began)
process.stdout.write(`${JSON.stringify({ cpuMs: (user + system) / 1000, count, at })}\n`)
