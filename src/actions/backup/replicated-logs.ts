// The Mesos replicated logs of a standby, copied while it runs, decoded whole before they count.
import { decodeArchive, type LogVerdict } from '../../mesos/replicated-log/archive.ts'
import { hotCopyScript, masterWorkDir } from '../../mesos/replicated-log/hot-copy.ts'
import type { Content } from '../../store/manifest.ts'
import { decodedOnTheWay } from './decoded.ts'
import { idleWithin, type OpenSource } from './source.ts'
import { stoppedCopy } from './stopped-copy.ts'

const withinSeconds = 600

export const replicatedLogs: OpenSource = async (world, { from }, signal) => {
  const host = await world.hosts.host(from)
  const script = hotCopyScript({ root: masterWorkDir, within: withinSeconds })
  const { stdout } = await host.stream(script, { as: 'root', idleWithin, signal })
  return read(stdout, from)
}

/** As a `copy-stopped` of this run left them. */
export const replicatedLogsStopped: OpenSource = async (world, { from }, signal, run) =>
  read(await stoppedCopy(world, { node: from, service: 'mesos-master', run }, signal), from)

function read(stdout: AsyncIterable<Uint8Array>, from: string) {
  const { plain, result } = decodedOnTheWay(stdout, async copy => describeAll(from, await decodeArchive(copy)))
  return { plain, content: () => ({ kind: 'replicated-logs', from, logs: result() }) }
}

/** @throws Error naming the log, the file and the byte where one is not sound. */
export function describeAll(from: string, verdicts: readonly LogVerdict[]): Content {
  return Object.fromEntries(
    verdicts.map(verdict => {
      if (verdict.sound) return [verdict.log, describe(verdict)]
      const at = verdict.offset === undefined ? '' : ` at byte ${verdict.offset}`
      throw new Error(`the ${verdict.log} of ${from} is not sound: ${verdict.file}${at}: ${verdict.problem}`)
    }),
  )
}

function describe({ description, concerns }: Extract<LogVerdict, { sound: true }>): Content {
  const { status, begin, end, variables } = description
  const kept = Object.entries(variables).map(([name, { uuid, bytes }]) => [name, { uuid, bytes }])
  return { status, begin, end, variables: Object.fromEntries(kept), concerns: [...concerns] }
}
