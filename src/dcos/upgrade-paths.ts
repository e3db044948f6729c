// Which in-place upgrades are documented, and which releases are not to be installed. Pure data and a question.
// Source: the upgrading pages of mesosphere/dcos-docs-site for 1.10 to 2.2, and the release notes of 1.10.3, 1.13.8, 1.13.9, 2.0.3 and 2.2.

/** From (minor, first and last patch) to ranges of the same form. */
const paths: readonly (readonly [from: string, to: readonly string[]])[] = [
  ['1.10.1-5', ['1.11.6']],
  ['1.10.6', ['1.11.5-7', '1.12.0']],
  ['1.10.7', ['1.11.5-9', '1.12.0']],
  ['1.10.8', ['1.11.5-10', '1.12.0-2']],
  ['1.10.9', ['1.11.5-10', '1.12.0-3']],
  ['1.10.10-11', ['1.11.8-10', '1.11.12', '1.12.0-3']],
  ['1.11.4-5', ['1.12.0']],
  ['1.11.6', ['1.12.0-1']],
  ['1.11.7', ['1.12.0-2']],
  ['1.11.8', ['1.12.0-3', '1.13.0-1']],
  ['1.11.9', ['1.12.0-4', '1.13.0-5']],
  ['1.11.10', ['1.12.0-3', '1.13.0-6']],
  ['1.11.11-12', ['1.12.1-5', '1.13.0-7']],
  ['1.11.13', ['1.12.2-5', '1.13.3-7']],
  ['1.12.1', ['1.13.0-1']],
  ['1.12.2', ['1.13.0-7']],
  ['1.12.3-4', ['1.13.0-7', '1.13.9']],
  ['1.12.5', ['1.13.5-7', '1.13.9']],
  ['1.13.0-4', ['2.0.0-1']],
  ['1.13.5', ['2.0.0-4']],
  ['1.13.6-7', ['2.0.0-6', '2.1.0-1']],
  ['1.13.9-10', ['2.0.4-6', '2.1.0-1']],
  ['2.0.0-3', ['2.1.0', '2.2.1']],
  ['2.0.4-6', ['2.1.0-1', '2.2.1']],
  ['2.1.0-1', ['2.2.1']],
]

const badReleases: { readonly [version: string]: string } = {
  '1.13.8': 'its network stack is broken',
  '2.0.3': 'it loses Metronome jobs',
  '2.2.0': 'it restarts all tasks of the Docker containerizer',
}

export type PathVerdict =
  | { readonly path: 'documented' }
  | { readonly path: 'undocumented'; readonly why: string }
  /** Not to be accepted by any reason. */
  | { readonly path: 'refused'; readonly why: string }

export function upgradePath(from: string, to: string): PathVerdict {
  const [a, b] = [parse(from), parse(to)]
  if (!a || !b) return { path: 'refused', why: `${a ? to : from} is not a DC/OS version` }
  const bad = badReleases[to]
  if (bad) return { path: 'refused', why: `DC/OS ${to} is not to be installed: ${bad}` }
  const order = a.major - b.major || a.minor - b.minor || a.patch - b.patch
  if (order > 0) return { path: 'refused', why: `${from} to ${to} is a downgrade; DC/OS has none` }
  if (a.major === b.major && a.minor === b.minor) {
    return b.patch - a.patch <= 1
      ? { path: 'documented' }
      : { path: 'undocumented', why: `within ${a.major}.${a.minor} only the next release is documented` }
  }
  const documented = paths.some(([source, targets]) => within(a, source) && targets.some(target => within(b, target)))
  return documented
    ? { path: 'documented' }
    : { path: 'undocumented', why: `no release of the DC/OS documentation names ${from} to ${to}` }
}

interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

function parse(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(text)
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined
}

/** `1.10.1-5`: patches 1 to 5 of 1.10. */
function within(version: Version, range: string): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-(\d+))?$/.exec(range)
  if (!match) return false
  const [, major, minor, first, last = first] = match
  return (
    version.major === Number(major) &&
    version.minor === Number(minor) &&
    version.patch >= Number(first) &&
    version.patch <= Number(last)
  )
}
