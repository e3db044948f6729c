// Where a node remembers a step: the names of its folder and unit, made from run and part so that they can be read back. Pure.

export interface StepName {
  readonly run: string
  /** The plan's part id, for example `masters/m2/upgrade`. */
  readonly part: string
  /** Where nodes keep what they remember; always /var/lib/dcosctl but in tests. */
  readonly base?: string
}

const usualBase = '/var/lib/dcosctl'

/** systemd's limit for a unit name (systemd.unit(5)), which is also that of most file systems for one name. */
const longestName = 255

/** Letters, digits, `.` and `-` stay; every other byte becomes `_` and two hex digits, and so does a leading `.`. */
export function escapeName(name: string): string {
  const escaped = [...Buffer.from(name)].map((byte, at) => {
    const char = String.fromCharCode(byte)
    return /[A-Za-z0-9-]/.test(char) || (char === '.' && at > 0) ? char : `_${byte.toString(16).padStart(2, '0')}`
  })
  return escaped.join('')
}

/** The inverse of `escapeName`. @throws Error for what it cannot have made */
export function unescapeName(escaped: string): string {
  const bytes = Buffer.from(
    escaped.replaceAll(/_([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  const name = bytes.toString('utf8')
  if (escapeName(name) !== escaped) throw new Error(`'${escaped}' is no escaped name`)
  return name
}

/** What the scripts on the node need. @throws RangeError for an empty name, or one too long for a unit */
export function placesOf({ run, part, base = usualBase }: StepName): {
  readonly base: string
  readonly runFolder: string
  readonly folder: string
  readonly unit: string
} {
  const [runName, partName] = [escapeName(run), escapeName(part)]
  const unit = `dcosctl-${runName}-${partName}`
  if (!run || !part) throw new RangeError('a step needs a run and a part')
  if (unit.length + '.service'.length > longestName)
    throw new RangeError(`'${part}' of run ${run} is too long for a unit name`)
  return { base, runFolder: `${base}/${runName}`, folder: `${base}/${runName}/${partName}`, unit }
}
