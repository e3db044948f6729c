// Runs one command of this machine to its end, with a deadline, and says what happened.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

export type Argv = readonly [string, ...string[]]

export interface Ended {
  /** Exit status; 128 + the signal's number where a signal ended it, as shells count. */
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly input?: string | Buffer
  /** After so many seconds the command and everything in its process group is killed. */
  readonly seconds: number
}

class CommandFailed extends Error {}

/** Ends for any exit status; throws `CommandFailed` only where the command can't start or passes its deadline. */
export function command(argv: Argv, { env, cwd, input, seconds }: CommandOptions): Promise<Ended> {
  const [file, ...args] = argv
  const { promise, resolve, reject } = Promise.withResolvers<Ended>()
  const child = spawn(file, args, { stdio: 'pipe', detached: true, ...(env && { env }), ...(cwd && { cwd }) })
  const out: Buffer[] = []
  const err: Buffer[] = []
  let late = false
  const killGroup = () => {
    late = true
    if (child.pid !== undefined) killQuietly(-child.pid)
  }
  const timer = setTimeout(killGroup, seconds * 1000)
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.on('error', cause => {
    clearTimeout(timer)
    reject(new CommandFailed(`${file} can't be started: ${cause.message}`, { cause }))
  })
  child.on('close', (code, signal) => {
    clearTimeout(timer)
    const stdout = Buffer.concat(out).toString()
    const stderr = Buffer.concat(err).toString()
    if (late) reject(new CommandFailed(`no end after ${seconds} s: ${argv.join(' ')}\n${tail(stderr)}`))
    else resolve({ exit: exitStatus(code, signal), stdout, stderr })
  })
  // A command that never reads its input closes the pipe early; its exit status tells whether that was right.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return promise
}

/** The command's standard output. Throws `CommandFailed` unless it exits with 0. */
export async function must(argv: Argv, options: CommandOptions): Promise<string> {
  const { exit, stdout, stderr } = await command(argv, options)
  if (exit !== 0) throw new CommandFailed(`exit ${exit} of: ${argv.join(' ')}\n${tail(stderr || stdout)}`)
  return stdout
}

export function exitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? (signal === null ? 1 : 128 + constants.signals[signal])
}

/** Sends SIGKILL; a process (or, negative, a group) that is gone already is what was wanted. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

const tail = (text: string) => text.trimEnd().split('\n').slice(-12).join('\n')
