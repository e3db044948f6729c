// Runs the very line of a schedule once, with --plan: as its user, without a terminal, in the environment that cron gives.
import { spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import { DcosctlError, exitCodes } from '../../errors.ts'
import type { Schedule } from '../../schedule/files.ts'
import { shellLine, wordsOf } from '../../schedule/line.ts'
import type { Account } from './account.ts'

/** Milliseconds. */
const within = 300_000

/** @throws DcosctlError REFUSED with what the line said */
export async function rehearse({ line, environment }: Schedule, account: Account): Promise<void> {
  const shell = `${shellLine(wordsOf(line))} --plan`
  const { exit, said } = await run(shell, environment, account)
  if (exit === 0) return
  const told = said.trimEnd() || 'It said nothing.'
  throw new DcosctlError('REFUSED', {
    what: `The line fails when it runs as ${account.name} in cron's environment (exit ${exit}):\n\n${indented(told)}\n`,
    state: 'Nothing was installed.',
    next: ['mend that, then try again', `or try it as ${account.name}:  env -i ${assignments(environment)} ${shell}`],
  })
}

async function run(shell: string, environment: Schedule['environment'], account: Account) {
  const asUser = account.uid === userInfo().uid ? [] : changeTo(account)
  const [file = '', ...args] = [...asUser, '/bin/sh', '-c', `cd "$HOME" && ${shell}`]
  const { promise, resolve, reject } = Promise.withResolvers<{ exit: number; said: string }>()
  // A session of its own: whatever asks on the terminal finds none.
  const child = spawn(file, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...environment, SHELL: '/bin/sh', LOGNAME: account.name, USER: account.name },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const timer = setTimeout(() => {
    said += `No end after ${within / 1000} s.\n`
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, within)
  child.on('error', reject)
  child.on('close', code => resolve({ exit: code ?? exitCodes.BUG.exit, said }))
  return promise.finally(() => clearTimeout(timer))
}

/** setpriv(1) of util-linux: the groups of the user as cron sets them, and no PAM session. */
const changeTo = ({ uid, gid }: Account): readonly string[] => [
  ...['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--'],
]

const indented = (text: string): string =>
  text
    .split('\n')
    .map(line => `    ${line}`.trimEnd())
    .join('\n')

const assignments = (environment: Schedule['environment']): string =>
  shellLine(Object.entries(environment).map(([name, value]) => `${name}=${value}`))
