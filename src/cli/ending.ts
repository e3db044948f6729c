// How an ending is told: what happened; what state the cluster is in; its name; what to type next. Never a stack trace, but for a fault of our own.
import { because, type Code, DcosctlError, exitCodes } from '../errors.ts'

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

export function endingText(error: Error, colours: boolean): string {
  const { code, exit, what, state, next } = tell(error)
  const red = (text: string) => (colours ? `\u001b[31m${text}\u001b[39m` : text)
  const lines = [`${red(exit >= 20 || code === 'UNWELL' ? 'Stopped:' : 'Error:')} ${what}`]
  if (state) lines.push(state)
  lines.push(`Code: ${code} (exit ${exit})`)
  if (next.length > 0) lines.push('Try this:', ...next.map(line => `  * ${line}`))
  if (code === 'BUG' && process.env.DCOSCTL_DEBUG && error.stack) lines.push(error.stack)
  return `${lines.join('\n')}\n`
}
