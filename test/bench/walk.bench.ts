// Walking all of ZooKeeper through its API: dcosctl beside what people use, on one server, through one delay proxy. Usage: walk.bench.ts [ZNODES]
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { openPipe } from '../../src/zookeeper/pipeline/pipe.ts'
import { benchTree, restoreAll, top } from './bench-tree.ts'
import { dialPort } from './dial-port.ts'
import { figure, target } from './report.ts'
import { startServer } from './zookeeper-server.ts'

const bench = 'walk'
const znodes = Number(process.argv[2] ?? 200_000)
/** One call at a time is slow enough to be told from so many znodes. */
const oneByOneZnodes = 2_000
const here = import.meta.dirname
const python = '/usr/bin/python3'
const hasKazoo = existsSync('/usr/lib/python3/dist-packages/kazoo')

const result = z.object({
  znodes: z.number(),
  milliseconds: z.number(),
  cpu: z.number(),
  roundTrip: z.number().optional(),
})

/** The first line that a process prints. */
async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no stdout')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('it ended without a word')
}

async function measured(command: string, args: readonly string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const measured = result.parse(JSON.parse(await firstLine(child)))
  child.kill('SIGKILL')
  await ended
  return { ...measured, rate: (measured.znodes / measured.milliseconds) * 1000 }
}

const server = await startServer()
try {
  const pipe = await openPipe({ dial: [{ name: 'server', connect: () => dialPort(server.port) }], timeoutMs: 30_000 })
  await restoreAll(pipe, benchTree(znodes))
  await pipe.close()
  // The server compiles what it runs often; nobody shall be the one who pays for that.
  await measured(process.execPath, [`${here}/walk-ours.ts`, String(server.port), top])
  for (const latency of [0.1, 5]) {
    // Loopback and a process in between take about a tenth of a millisecond by themselves.
    const proxy = spawn(
      process.execPath,
      [`${here}/delay-proxy.ts`, String(server.port), String(latency < 1 ? 0 : latency)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    try {
      const port = await firstLine(proxy)
      const say = (name: string, { rate, cpu }: Awaited<ReturnType<typeof measured>>) => {
        figure(bench, `${name}, ${latency} ms`, rate, 'znodes/s')
        figure(bench, `${name}, ${latency} ms, processor time of the client`, cpu, 'ms')
      }
      const client = (window: number, ...more: readonly string[]) =>
        measured(process.execPath, [`${here}/walk-client.ts`, port, top, String(window), ...more])
      const ours = await measured(process.execPath, [`${here}/walk-ours.ts`, port, top])
      figure(bench, `round trip, ${latency} ms`, ours.roundTrip ?? 0, 'ms')
      say('dcosctl', ours)
      const pipelined = await client(512)
      say('node-zookeeper-client, 512 at a time', pipelined)
      const kazoo = hasKazoo ? await measured(python, [`${here}/walk-kazoo.py`, port, top]) : undefined
      if (kazoo) say('kazoo, asynchronous', kazoo)
      const oneByOne = await client(1, String(oneByOneZnodes))
      say(`node-zookeeper-client, one at a time (${oneByOneZnodes} znodes)`, oneByOne)
      const again = await measured(process.execPath, [`${here}/walk-ours.ts`, port, top])
      say('dcosctl, again', again)
      const rate = (ours.rate + again.rate) / 2
      if (kazoo) target(bench, `beside kazoo, asynchronous, ${latency} ms`, rate / kazoo.rate, 1.5)
      target(bench, `beside node-zookeeper-client, one at a time, ${latency} ms`, rate / oneByOne.rate, 1.5)
      target(bench, `beside node-zookeeper-client, 512 at a time, ${latency} ms`, rate / pipelined.rate, 1)
    } finally {
      proxy.kill('SIGKILL')
    }
  }
} finally {
  await server.stop()
}
