// How an ending is told: what happened; what state the cluster is in; its name; what to type next. Never a stack trace, but for a fault of our own.
import { because, type Code, DcosctlError, exitCodes } from '../errors.ts'
import { wrap } from '../plan/wrap.ts'

interface Told {
  readonly code: Code
  readonly exit: number
  readonly what: string
  readonly state: string | undefined
  readonly next: readonly string[]
}

/** oclif's own refusals (an unknown flag, a missing argument) carry their exit under `oclif`. */
const isUsage = (error: Error): boolean => 'oclif' in error && !(error instanceof DcosctlError)

function tell(error: Error): Told {
  if (error instanceof DcosctlError) {
    return { code: error.code, exit: error.exitCode, what: error.message, state: error.state, next: error.next }
  }
  if (isUsage(error)) {
    return { code: 'USAGE', exit: exitCodes.USAGE.exit, what: error.message, state: 'Nothing was touched.', next: [] }
  }
  return {
    code: 'BUG',
    exit: exitCodes.BUG.exit,
    what: `A fault of dcosctl: ${because(error)}`,
    state: undefined,
    next: ['see where:  DCOSCTL_DEBUG=1 and the same command', 'what a run did is in its journal:  dcosctl run list'],
  }
}

export const exitOf = (error: Error): number => tell(error).exit

export function endingJson(error: Error): object {
  const { code, exit, what, state, next } = tell(error)
  return { error: { code, exit, what, ...(state === undefined ? {} : { state }), next } }
}

/** How it is shown: `width` breaks prose at spaces, for a terminal; what is to be typed is never broken. */
export interface Shown {
  readonly colours: boolean
  readonly width?: number
}

export function endingText(error: Error, { colours, width }: Shown): string {
  const { code, exit, what, state, next } = tell(error)
  const red = (text: string) => (colours ? `\u001b[31m${text}\u001b[39m` : text)
  const prose = (text: string) =>
    width === undefined
      ? text
      : text
          .split('\n')
          .flatMap(line => wrap(line, width))
          .join('\n')
  const head = exit >= 20 || code === 'UNWELL' ? 'Stopped:' : 'Error:'
  const lines = [prose(`${head} ${what}`).replace(head, red(head))]
  if (state) lines.push(prose(state))
  lines.push(`Code: ${code} (exit ${exit})`)
  if (next.length > 0) lines.push('Try this:', ...next.map(line => `  * ${line}`))
  if (code === 'BUG' && process.env.DCOSCTL_DEBUG && error.stack) lines.push(error.stack)
  return `${lines.join('\n')}\n`
}
