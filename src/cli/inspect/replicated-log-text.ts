// The page of `inspect replicated-log`: what the replica knows, and what is in the registry and the overlay state. Pure.
import type { LogVerdict } from '../../mesos/replicated-log/archive.ts'
import type { OverlaySummary } from '../../mesos/replicated-log/overlay.ts'
import type { RegistrySummary } from '../../mesos/replicated-log/registry.ts'
import { sayBytes } from '../../output/bytes.ts'
import { oneLine } from '../../output/one-line.ts'
import { columns } from './columns.ts'

export const logPage = (verdicts: readonly LogVerdict[]): string => verdicts.map(onePage).join('\n\n')

function onePage(verdict: LogVerdict): string {
  if (!verdict.sound) return `${verdict.log}: nothing in it may be trusted\nbecause ${oneLine(sayDamage(verdict))}`
  const { log, replica, description, concerns } = verdict
  const { status, begin, end, holes, unlearned, variables } = description
  const torn = replica.tornTails.map(
    tail => `a write was under way when it was copied: ${tail.file}, byte ${tail.offset}`,
  )
  return [
    `${log}: ${status}, positions ${begin} to ${end}, ${holes.length} holes, ${unlearned.length} unlearned`,
    ...[...concerns, ...torn].map(each => `  note: ${oneLine(each)}`),
    ...Object.entries(variables).flatMap(([name, variable]) => [
      '',
      `${oneLine(name)}: ${sayBytes(variable.bytes)}, version ${variable.uuid}`,
      ...('minimumCapabilities' in variable
        ? registryLines(variable)
        : 'overlays' in variable
          ? overlayLines(variable)
          : []),
    ]),
  ].join('\n')
}

export const sayDamage = ({ file, offset, problem }: Extract<LogVerdict, { readonly sound: false }>): string =>
  `${file}${offset === undefined ? '' : `, byte ${offset}`}: ${problem}`

function registryLines({ agents, unreachable, gone, quotas, weights, minimumCapabilities }: RegistrySummary): string[] {
  const amounts = (resources: Readonly<Record<string, number>>) =>
    Object.entries(resources)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ') || 'none'
  return [
    `  ${agents.length} agents, ${unreachable.length} unreachable, ${gone.length} gone; needs ${minimumCapabilities.join(', ') || 'no capability'}`,
    ...quotas
      .map(({ role, guarantees, limits }) =>
        oneLine(`quota of ${role}: guarantees ${amounts(guarantees)}; limits ${amounts(limits)}`),
      )
      .map(indented),
    ...weights.map(({ role, weight }) => oneLine(`weight of ${role}: ${weight}`)).map(indented),
    ...table(
      ['agent', 'state', 'host or since'],
      [
        ...agents.map(({ id, hostname }) => [id, 'admitted', hostname]),
        ...unreachable.map(({ id, since }) => [id, 'unreachable', since]),
        ...gone.map(({ id, since }) => [id, 'gone', since]),
      ],
    ),
  ]
}

function overlayLines({ overlays, agents }: OverlaySummary): string[] {
  return [
    ...overlays.map(({ name, subnet }) => oneLine(`overlay ${name}: ${subnet ?? 'no IPv4 subnet'}`)).map(indented),
    ...table(
      ['agent', 'overlay', 'subnet'],
      agents.flatMap(({ ip, subnets }) => subnets.map(({ overlay, subnet }) => [ip, overlay, subnet ?? '-'])),
    ),
  ]
}

const indented = (line: string): string => `  ${line}`

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : columns([head, ...rows.map(row => row.map(oneLine))], 0).map(indented)
