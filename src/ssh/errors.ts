// What can go wrong between us and a node. Each is a class of its own, because callers decide by kind; none ever holds a secret.
import { DcosctlError, type Ending } from '../errors.ts'
import type { AtWork } from './step-state.ts'

/** The base of all errors of `src/ssh`. `node` is the inventory's name, or the address where there is no name yet. */
export class NodeError extends DcosctlError {
  readonly node: string
  constructor(node: string, ending: Ending) {
    super('REFUSED', ending)
    this.name = new.target.name
    this.node = node
  }
}

/** TCP or the SSH handshake did not come about. Nothing was asked of the node. */
export class Unreachable extends NodeError {}

/** The line was there and is gone; what was under way may or may not have happened. */
export class LineDropped extends NodeError {}

/** Our own time limit passed. What was asked may still be going on. */
export class DeadlinePassed extends NodeError {}

/** The caller's AbortSignal fired. */
export class CalledOff extends NodeError {}

/** No key for this host in known_hosts. */
export class HostKeyUnknown extends NodeError {}

/** known_hosts has another key for this host, or revokes this one. */
export class HostKeyChanged extends NodeError {}

/** The host knows none of our keys for this user. */
export class LoginRefused extends NodeError {}

/** sudo did not let us in: it wants a password, refuses the one given, or does not know the user. */
export class SudoRefused extends NodeError {}

/** sshd forbids TCP forwarding. */
export class ForwardingRefused extends NodeError {}

/** Nobody listens on that port of the node. */
export class PortClosed extends NodeError {}

/** More output than the caller takes. */
export class TooMuchOutput extends NodeError {}

/** A script whose exit had to be 0 ended otherwise. */
export class ScriptFailed extends NodeError {
  readonly exit: number
  readonly stderr: string
  constructor(node: string, exit: number, stderr: string, what: string) {
    super(node, { what: `${what} on ${node} ended with exit ${exit}${stderr.trim() ? `: ${lastWords(stderr)}` : ''}` })
    this.exit = exit
    this.stderr = stderr
  }
}

/** The answer of the node makes no sense: no shell behind the login, a broken HTTP answer. */
export class StrangeAnswer extends NodeError {}

/** The cluster file or ~/.ssh/config asks for something that dcosctl does not do. */
export class NotSupported extends NodeError {}

/** A newer driver of the cluster was on this node: its fencing token is higher than ours. */
export class Fenced extends NodeError {}

/** Another step, of this run or of another, is at work on the node: a second one is not started beside it. */
export class StepBusy extends NodeError {
  readonly atWork: AtWork
  constructor(node: string, atWork: AtWork, wanted: string) {
    super(node, {
      what: `${sayAtWork(node, atWork)}: ${wanted} was not started`,
      state: 'Nothing was started.',
      next: [`wait until ${atWork.unit}.service has ended on ${node}`],
    })
    this.atWork = atWork
  }
}

/** Which run's which part a node works on, since when. */
export function sayAtWork(node: string, { run, part, since }: AtWork): string {
  const when = since === undefined ? '' : ` since ${new Date(since * 1000).toISOString().replace('.000Z', 'Z')}`
  return `${part} of run ${run} is at work on ${node}${when}`
}

/** The end of a program's complaints, short enough for a sentence. */
export function lastWords(text: string): string {
  const trimmed = text.trim().replaceAll(/\s*\n\s*/g, '; ')
  return trimmed.length > 400 ? `…${trimmed.slice(-400)}` : trimmed
}
