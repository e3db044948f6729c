// The command line that runs at night, and what a crontab or a unit makes of it. Pure.

export interface ScheduledLine {
  readonly launcher: string
  readonly config: string
  /** As in `10m`; undefined where systemd does it. */
  readonly startWithin: string | undefined
  readonly waitIfBusy: string | undefined
}

export const wordsOf = ({ launcher, config, startWithin, waitIfBusy }: ScheduledLine): readonly string[] => [
  launcher,
  'backup',
  '--config',
  config,
  '--quiet',
  '--unattended',
  ...(waitIfBusy === undefined ? ['--skip-if-busy'] : ['--wait-if-busy', waitIfBusy]),
  ...(startWithin === undefined ? [] : ['--start-within', startWithin]),
]

export class NotForSchedule extends Error {
  override readonly name = 'NotForSchedule'
}

/** The words for a POSIX shell. @throws NotForSchedule for what a crontab can't hold */
export function shellLine(words: readonly string[]): string {
  for (const word of words) {
    // Daemons differ in what they make of a backslash (vixie-cron do_command.c, cronie do_command.c).
    if (/[\\\p{Cc}]/u.test(word))
      throw new NotForSchedule(`'${word}' has a backslash or a control character, which a crontab can't hold for sure`)
  }
  return words.map(word => (/^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`)).join(' ')
}

/** vixie-cron's MAX_COMMAND; a longer line is cut off without a word. */
const longest = 999

/** crontab(5): an unescaped % ends the command and begins its input. @throws NotForSchedule for a line that is too long */
export function cronCommand(shell: string): string {
  const escaped = shell.replaceAll('%', '\\%')
  if (escaped.length <= longest) return escaped
  throw new NotForSchedule(`the line has ${escaped.length} characters; cron takes ${longest}: use shorter paths`)
}

/** systemd.service(5), "Command lines": specifiers, variables, quotes. */
export const unitCommand = (words: readonly string[]): string =>
  words.map(word => unitSetting(word.replaceAll('$', '$$$$'))).join(' ')

/** systemd.exec(5), Environment=: as words of a command, but $ stands for itself. @throws NotForSchedule */
export function unitSetting(word: string): string {
  if (/\p{Cc}/u.test(word)) throw new NotForSchedule(`'${word}' has a control character, which a unit can't hold`)
  const escaped = word.replaceAll('%', '%%')
  return /^[\w@+=:,./%$-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, found => `\\${found}`)}"`
}
