// The level `opened`: every object is decoded whole, ZooKeeper replayed to its claim, and what is found held to what the manifest says.
import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { decodeArchive } from '../../mesos/replicated-log/archive.ts'
import type { Content } from '../../store/manifest.ts'
import type { Decode, Finding } from '../../store/verify-backup.ts'
import { decodeObject } from '../backup/decode-object.ts'
import { readNodeFiles } from '../backup/node-files.ts'
import { describeAll } from '../backup/replicated-logs.ts'
import { type AgentsOf, agentsInLog, agentsInRegistry, compareAgents } from './agents.ts'
import { jsonOf } from './json-of.ts'
import { openZookeeper, type ZookeeperOpened } from './open-zookeeper.ts'

export interface Opened {
  readonly zookeeper: (ZookeeperOpened & { readonly object: string }) | undefined
  /** What is remarkable, though nothing is wrong, a sentence each. */
  readonly remarks: readonly string[]
  /** Objects that decode, and contradict each other. */
  readonly findings: readonly Finding[]
}

export interface Opening {
  readonly decode: Decode
  /** Once every object was decoded. */
  result(): Opened
}

/** @param folder where the files of ZooKeeper are laid out; empty, private, and the caller's to remove */
export function opening(folder: string, clusterId: string): Opening {
  let zookeeper: Opened['zookeeper']
  const inLogs: AgentsOf[] = []
  let inRegistry: AgentsOf | undefined

  const decode: Decode = async (object, plain) => {
    const { name, content } = object
    switch (content.kind) {
      case 'zookeeper-files': {
        const opened = await openZookeeper(plain, folder, object, clusterId)
        zookeeper = { ...opened, object: name }
        return
      }
      case 'replicated-logs': {
        const verdicts = await decodeArchive(Readable.from(plain))
        sameAs('logs', content.logs, describeAll(name, verdicts))
        inLogs.push(...agentsInLog(name, verdicts))
        return
      }
      case 'node-files': {
        const { files, clusterId: seen } = await readNodeFiles(Readable.from(plain))
        sameAs('files', content.files, files)
        sameAs('cluster-id', clusterId, seen)
        return
      }
      case 'mesos-registry':
        inRegistry = agentsInRegistry(name, await jsonOf(plain))
        sameAs('agents', content.agents, inRegistry.agents.size)
        return
      case 'mesos-state':
      case 'mesos-flags':
      case 'marathon-info':
        sameClaims(content, await jsonOf(plain))
        return
      default:
        return decodeObject(object, plain)
    }
  }

  return {
    decode,
    result() {
      const compared = inLogs.map(log => (inRegistry ? compareAgents(log, inRegistry) : {}))
      return {
        zookeeper,
        remarks: compared.flatMap(({ remark }) => remark ?? []),
        findings: compared.flatMap(({ finding }) => finding ?? []),
      }
    },
  }
}

function sameAs(what: string, claimed: unknown, found: unknown): void {
  // Through JSON, as the manifest was.
  const plain: unknown = JSON.parse(JSON.stringify(found ?? null))
  if (isDeepStrictEqual(plain, claimed)) return
  throw new Error(`its ${what}: the manifest says ${JSON.stringify(claimed)}, in it is ${JSON.stringify(plain)}`)
}

/** How many entries or which value the manifest took down of a logical copy, for the fields that both have. */
function sameClaims(content: Content, body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  for (const [field, value] of Object.entries(body)) {
    const claimed = content[claimedAs[field] ?? field]
    if (typeof claimed === 'string' && typeof value === 'string') sameAs(field, claimed, value)
    if (typeof claimed === 'number' && typeof value === 'object' && value !== null)
      sameAs(field, claimed, Object.keys(value).length)
  }
}

/** Mesos' own word for agents. */
const claimedAs: Readonly<Record<string, string>> = { slaves: 'agents' }
