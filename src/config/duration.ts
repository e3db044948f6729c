// Durations as an operator writes them (`90s`, `10m`, `1h30m`, `2d`), in seconds.

const units = { d: 86_400, h: 3600, m: 60, s: 1 } as const

/** Seconds, or undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text)
  if (!match || text === '') return undefined
  const [, days, hours, minutes, seconds] = match
  return (
    Number(days ?? 0) * units.d +
    Number(hours ?? 0) * units.h +
    Number(minutes ?? 0) * units.m +
    Number(seconds ?? 0) * units.s
  )
}

/** `90` → `1 min 30 s`: for people. */
export function sayDuration(seconds: number): string {
  const whole = Math.round(seconds)
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ] as const
  const said = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`)
  return said.length > 0 ? said.join(' ') : `${Math.max(0, Math.round(seconds * 10) / 10)} s`
}
