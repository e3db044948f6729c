// Four-letter words: what real servers print is read, and what is no such answer is named.
import { connect, createServer, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import {
  askWord,
  isOk,
  NotServing,
  parseMntr,
  parseSrvr,
  StrangeAnswer,
  WordRefused,
} from '../../../src/zookeeper/session/four-letter.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A line to a server that answers like this. */
async function lineTo(answer: (word: string, line: Duplex) => void): Promise<Duplex> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', word => answer(word.toString(), socket))
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return connect(address.port, '127.0.0.1')
}

/** As ZooKeeper 3.4.14 prints it. */
const srvr = `Zookeeper version: 3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT
Latency min/avg/max: 0/0/12
Received: 5
Sent: 4
Connections: 1
Outstanding: 0
Zxid: 0x500000a1b
Mode: follower
Node count: 9
`

test('srvr tells mode, zxid, version and latency', () => {
  expect(parseSrvr(srvr)).toEqual({
    mode: 'follower',
    zxid: 0x500000a1bn,
    version: '3.4.14',
    versionText: '3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT',
    latency: { min: 0, average: 0, max: 12 },
    outstanding: 0,
    znodes: 9,
  })
})

test("Debian's version text, with a variable left in it, is read", () => {
  const text = srvr.replace(/version: .*/, `version: 3.8.0-\${mvngit.commit.id}, built on 2022-02-25 08:49 UTC`)
  expect(parseSrvr(text.replace('0/0/12', '0/0.5/12'))).toMatchObject({ version: '3.8.0', latency: { average: 0.5 } })
})

test("mntr tells a leader's followers", () => {
  const text =
    'zk_version\t3.4.14-x, built on y\nzk_avg_latency\t0\nzk_max_latency\t9\nzk_min_latency\t0\nzk_server_state\tleader\nzk_znode_count\t9\nzk_outstanding_requests\t2\nzk_followers\t2\nzk_synced_followers\t1\nzk_pending_syncs\t0\n'
  const state = parseMntr(text)
  expect(state).toMatchObject({ mode: 'leader', followers: 2, syncedFollowers: 1, pendingSyncs: 0, outstanding: 2 })
  expect(state.values.get('zk_max_latency')).toBe('9')
})

test('a text without a mode or a zxid is refused by its first words', () => {
  expect(() => parseSrvr('<html>502')).toThrow(/no zxid.*<html>502/)
  expect(() => parseMntr('zk_server_state\tconfused\n')).toThrow(StrangeAnswer)
})

test('an answer is read to its end, in pieces', async () => {
  const line = await lineTo((word, socket) => {
    socket.write(word)
    setImmediate(() => socket.end(srvr))
  })
  expect(await askWord(line, 'srvr', 2000)).toBe(`srvr${srvr}`)
})

test('imok says that the process listens', async () => {
  expect(isOk(await askWord(await lineTo((_, socket) => socket.end('imok')), 'ruok', 2000))).toBe(true)
})

test('a server without a quorum is told from one that is down', async () => {
  const line = await lineTo((_, socket) => socket.end('This ZooKeeper instance is not currently serving requests\n'))
  await expect(askWord(line, 'srvr', 2000)).rejects.toThrow(NotServing)
})

test('a word that is not in the whitelist is named', async () => {
  const line = await lineTo((_, socket) => socket.end('mntr is not executed because it is not in the whitelist.\n'))
  await expect(askWord(line, 'mntr', 2000)).rejects.toThrow(WordRefused)
})

test('a silent server, an endless one and one that hangs up each end in an error', async () => {
  await expect(askWord(await lineTo(() => {}), 'srvr', 100)).rejects.toThrow(/no whole answer within 100 ms/)
  await expect(askWord(await lineTo((_, socket) => socket.end()), 'srvr', 2000)).rejects.toThrow(/without an answer/)
  const endless = await lineTo((_, socket) => socket.write(Buffer.alloc(3 * 1024 * 1024, 'x')))
  await expect(askWord(endless, 'srvr', 5000)).rejects.toThrow(/longer than/)
})
