// How a verification is told: in a line when all is well, as a table of what is not. Pure.
import { DcosctlError } from '../../errors.ts'
import { sayBytes } from '../../output/bytes.ts'
import { oneLine } from '../../output/one-line.ts'
import { hex } from '../../zookeeper/files/damage.ts'
import { table } from '../table.ts'
import type { VerifiedOne } from './verify-one.ts'

export function verificationText(one: VerifiedOne): string {
  const { findings, objects, bytes, backup, reached, short } = one
  if (findings.length > 0) return findingsTable(one)
  const level = short === undefined ? reached : `${reached} (${short})`
  return [`${backup} is well: ${objects} objects, ${sayBytes(bytes)}, ${level}.`, ...detailsOf(one)].join('\n')
}

function detailsOf({ zookeeper, drilled, remarks }: VerifiedOne): readonly string[] {
  return [
    ...(zookeeper
      ? [
          `ZooKeeper: ${zookeeper.znodes} znodes at ${hex(zookeeper.zxid)}, ${zookeeper.transactions} transactions replayed.`,
        ]
      : []),
    ...(drilled
      ? [
          `A scratch ZooKeeper ${drilled.version} ${drilled.place} served them: ${drilled.znodes} compared, ${drilled.differing === 0 ? 'no difference' : `${drilled.differing} differ`}.`,
          ...(drilled.excluded.length > 0
            ? [`Not compared, as a server writes it by itself: ${drilled.excluded.join(', ')}.`]
            : []),
          'The replicated logs were decoded; no Mesos was started from them.',
        ]
      : []),
    ...remarks,
  ]
}

function findingsTable({ findings, drilled }: VerifiedOne): string {
  const rows = findings.map(({ object, fault, saw, wanted }) => [object, fault, oneLine(`${saw}; wanted ${wanted}`)])
  const more = (drilled?.differing ?? 0) - findings.length
  const shown = table(['object', 'fault', 'seen'], rows, [30, 14], false)
  return more > 0 ? `${shown}\nand ${more} znodes more` : shown
}

/** The ending of a verification that found something; undefined when all is well. */
export function notWell(where: string, all: readonly VerifiedOne[]): DcosctlError | undefined {
  const bad = all.filter(({ findings }) => findings.length > 0)
  if (bad.length === 0) return undefined
  const said = bad.map(({ backup, findings }) => {
    const named = [...new Set(findings.map(({ object }) => object))]
    const drilled = findings.every(({ fault }) => fault === 'differs')
    return `${backup} ${drilled ? 'does not come back as it was decoded' : 'is not as it was written'}: ${named.join(', ')}.`
  })
  return new DcosctlError('UNWELL', {
    what: said.join('\n'),
    state: `Nothing was changed in ${where}, but what is kept of this beside the backups.`,
    next: ['take a new one:  dcosctl backup', 'see the others:  dcosctl backup list'],
  })
}

export function verificationJson({ manifest: _, zookeeper, drilled, ...one }: VerifiedOne): object {
  return {
    ...one,
    well: one.findings.length === 0,
    ...(zookeeper
      ? {
          zookeeper: {
            zxid: hex(zookeeper.zxid),
            znodes: zookeeper.znodes,
            transactions: zookeeper.transactions,
          },
        }
      : {}),
    ...(drilled ? { drilled: { ...drilled, zxid: hex(drilled.zxid) } } : {}),
  }
}
