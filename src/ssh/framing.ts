// How a script travels to a node and its output back: marks with a random token fence off whatever a login prints. Pure.
import { quote } from './quote.ts'

/**
 * What runs on the node before the script. Constant but for the token, so that nothing of the caller's is seen by `ps`.
 * It says ready on both outputs, drops input up to our header (such as a password that sudo did not ask for), reads the
 * script by length and runs it in a subshell, so that its `exit` does not swallow the exit mark.
 * No single quotes and no `!`, because the user's login shell, which may be csh or fish, reads it first.
 */
const boot = [
  'printf "\\n%s ready\\n" "$1"',
  'printf "\\n%s ready\\n" "$1" >&2',
  'while IFS= read -r line || exit 97; do case $line in "$1 "*) break;; esac; done',
  'set -- $line',
  'script=$(head -c "$2")',
  '(eval "$script")',
  'printf "\\n%s exit %d\\n" "$1" $?',
].join('; ')

export type Sudo = 'none' | 'without-password' | 'with-password'

/** The command line given to sshd. LC_ALL=C makes sudo's refusals readable to us. */
export function commandLine(token: string, sudo: Sudo): string {
  const shell = `/bin/sh -c ${quote(boot)} dcosctl ${token}`
  switch (sudo) {
    case 'none':
      return `exec env LC_ALL=C ${shell}`
    case 'without-password':
      return `exec env LC_ALL=C sudo -n -- ${shell}`
    case 'with-password':
      return `exec env LC_ALL=C sudo -S -p ${quote('')} -- ${shell}`
  }
}

/** What is sent on stdin once the node said ready: header and script; the script's own stdin follows. */
export function payload(token: string, script: string, args: readonly string[]): Buffer {
  const body = Buffer.from(`set -- ${args.map(quote).join(' ')}\n${script}\n`)
  return Buffer.concat([Buffer.from(`${token} ${body.length}\n`), body])
}

/** Cuts one output of a script out of what the channel carries. */
export interface Unframer {
  /** The script's own bytes in this chunk. */
  take(chunk: Buffer): Buffer
  /** What is left when the channel ended: bytes held back that turned out to be no mark. */
  rest(): Buffer
  /** Whether the start mark was seen. */
  readonly begun: boolean
  /** The exit after the exit mark was seen. */
  readonly exit: number | undefined
}

const nothing = Buffer.alloc(0)
/** "\n", the token, " exit ", three digits, "\n". */
const exitMarkLength = (token: string): number => token.length + 11

/** Reads stdout (`exitMark`) or stderr (start mark only). Noise in front is dropped, up to 1 MiB of it is looked through at a time. */
export function unframer(token: string, exitMark: boolean): Unframer {
  const ready = Buffer.from(`\n${token} ready\n`)
  const end = Buffer.from(`\n${token} exit `)
  let held: Buffer = nothing
  let begun = false
  let exit: number | undefined

  const afterStart = (bytes: Buffer): Buffer => {
    if (!exitMark) return bytes
    const at = bytes.indexOf(end)
    if (at >= 0) {
      const close = bytes.indexOf(0x0a, at + end.length)
      if (close >= 0) {
        exit = Number(bytes.toString('latin1', at + end.length, close))
        return bytes.subarray(0, at)
      }
      held = bytes.subarray(at)
      return bytes.subarray(0, at)
    }
    const keep = possibleMark(bytes, exitMarkLength(token))
    held = bytes.subarray(keep)
    return bytes.subarray(0, keep)
  }

  return {
    take(chunk) {
      if (exit !== undefined) return nothing
      const bytes = held.length ? Buffer.concat([held, chunk]) : chunk
      held = nothing
      if (begun) return afterStart(bytes)
      const at = bytes.indexOf(ready)
      if (at >= 0) {
        begun = true
        return afterStart(bytes.subarray(at + ready.length))
      }
      held = bytes.subarray(Math.max(0, bytes.length - ready.length + 1))
      return nothing
    },
    rest() {
      const left = begun && exit === undefined ? held : nothing
      held = nothing
      return left
    },
    get begun() {
      return begun
    },
    get exit() {
      return exit
    },
  }
}

/** Where a mark that is not complete yet could begin: the first newline near the end, else the end. */
function possibleMark(bytes: Buffer, markLength: number): number {
  const from = Math.max(0, bytes.length - markLength)
  const newline = bytes.indexOf(0x0a, from)
  return newline < 0 ? bytes.length : newline
}
