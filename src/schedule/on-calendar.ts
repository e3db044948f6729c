// A cron expression as systemd.time(7) writes it: lines of OnCalendar that name exactly the same minutes. Pure.
import type { CronExpression, Field } from './cron-expression.ts'

const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/**
 * Lines of OnCalendar are alternatives, and a moment that two of them name starts the unit once: with that, cron's rule that a day
 * of the month *or* a day of the week is enough where both are given has an exact translation.
 */
export function onCalendar({ minutes, hours, days, months, weekdays }: CronExpression): readonly string[] {
  const time = `${list(hours)}:${list(minutes)}:00`
  const line = (weekday: string, day: string) => `${weekday}*-${list(months)}-${day} ${time}`
  const byWeekday = line(`${weekdays.values.map(value => names[value]).join(',')} `, '*')
  if (weekdays.every) return [line('', list(days))]
  return days.every ? [byWeekday] : [line('', list(days)), byWeekday]
}

const list = ({ every, values }: Field): string =>
  every ? '*' : values.map(value => String(value).padStart(2, '0')).join(',')
