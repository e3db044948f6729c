// Which backups the rules keep, and why each. Pure: the same set of backups always gives the same answer, whatever the time is.

/** How many of each are kept. `daily: 14`: the newest backup of each of the last 14 days that have one. */
export interface Keep {
  readonly last: number
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
  readonly yearly: number
}

export interface Rules {
  readonly keep: Keep
  /** IANA name of the time zone in which days begin. */
  readonly zone: string
}

export interface Candidate {
  /** Its name tells when it was begun. */
  readonly backup: string
  /** It was read back, or verified later, and nothing was found wrong with it since. */
  readonly isWell: boolean
}

export interface Fate {
  readonly backup: string
  readonly isKept: boolean
  /** Every rule that keeps it; or, rule by rule, why none does. */
  readonly because: string
}

/**
 * Oldest first, as backups are listed. What is kept is the union of what each rule keeps by itself, and the newest one that is well in any
 * case. Removing some or all of what is not kept changes no other fate, so that prunes may be cut short, run again and run side by side.
 */
export function fatesOf(candidates: readonly Candidate[], { keep, zone }: Rules): readonly Fate[] {
  const newestFirst = candidates.toSorted((a, b) => (a.backup < b.backup ? 1 : -1))
  const newestWell = newestFirst.find(({ isWell }) => isWell)?.backup
  const judges = [last(keep.last), ...periods(zone).map(({ name, of }) => each(name, keep[name], of))]
  return newestFirst
    .map(({ backup }) => {
      const said = judges.map(judge => judge(backup))
      const keeps = [
        ...said.flatMap(({ keeps: why }) => why ?? []),
        ...(backup === newestWell ? ['newest that is verified and well'] : []),
      ]
      const because = keeps.length > 0 ? keeps : said.flatMap(({ not }) => not ?? [])
      return { backup, isKept: keeps.length > 0, because: because.join('; ') }
    })
    .toReversed()
}

/** Asked for each backup once, newest first. A rule of which none is wanted says nothing. */
type Judge = (backup: string) => { readonly keeps?: string; readonly not?: string }

function last(wanted: number): Judge {
  let seen = 0
  return () => {
    seen++
    if (seen <= wanted) return { keeps: `last ${wanted}` }
    return wanted > 0 ? { not: `not among the last ${wanted}` } : {}
  }
}

function each(name: string, wanted: number, of: (backup: string) => string): Judge {
  const seen = new Set<string>()
  return backup => {
    const period = of(backup)
    const isNewest = !seen.has(period)
    seen.add(period)
    if (isNewest && seen.size <= wanted) return { keeps: `${name} ${period}` }
    if (wanted === 0) return {}
    return { not: seen.size > wanted ? `${name}: beyond the last ${wanted}` : `${name}: a newer one of ${period}` }
  }
}

function periods(zone: string) {
  const day = dayIn(zone)
  return [
    { name: 'daily', of: day },
    { name: 'weekly', of: (backup: string) => weekOf(day(backup)) },
    { name: 'monthly', of: (backup: string) => day(backup).slice(0, 7) },
    { name: 'yearly', of: (backup: string) => day(backup).slice(0, 4) },
  ] as const
}

/** `2026-11-20`, of the moment in a backup's name. */
function dayIn(zone: string): (backup: string) => string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return backup => {
    const moment = new Date(backup.replace(/^(.{10})T(\d\d)(\d\d)(\d\d)Z.*$/, '$1T$2:$3:$4Z'))
    const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]))
    return `${parts.get('year')?.padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`
  }
}

const dayLong = 24 * 60 * 60 * 1000

/** ISO 8601: weeks begin on Monday, and belong to the year that has their Thursday. */
function weekOf(day: string): string {
  const at = new Date(`${day}T00:00:00Z`)
  const thursday = new Date(at.getTime() + (3 - ((at.getUTCDay() + 6) % 7)) * dayLong)
  const year = thursday.getUTCFullYear()
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / dayLong / 7)
  return `${year}-W${String(week).padStart(2, '0')}`
}
