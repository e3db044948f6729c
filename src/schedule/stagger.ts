// How long this host waits before it begins, so that many clusters of one control host, or many hosts, do not begin together. Pure.
import { createHash } from 'node:crypto'

/** Seconds from 0 to below `within`: the same every night, so that two nights stay a day apart. */
export function stagger(clusterId: string, host: string, within: number): number {
  const digest = createHash('sha256').update(`${clusterId}\0${host}`).digest()
  return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * within)
}
