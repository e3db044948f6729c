// What a ZooKeeper request can end in beside its answer. Callers tell the kinds apart by class.

/** Any refusal or loss of a request; `path` where the request named a single znode. */
export class ZooKeeperError extends Error {
  readonly path: string | undefined
  constructor(message: string, path?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.path = path
  }
}

export class NoNode extends ZooKeeperError {}
export class NodeExists extends ZooKeeperError {}
export class BadVersion extends ZooKeeperError {}
export class NotEmpty extends ZooKeeperError {}
export class NoAuth extends ZooKeeperError {}
/** The server did not accept the user and password given. */
export class AuthFailed extends ZooKeeperError {}
/** The session is gone, by a server's word, and its ephemeral znodes with it. */
export class SessionExpired extends ZooKeeperError {}
/** No server granted a session in the time given; the message says what each one answered. */
export class NoServer extends ZooKeeperError {}

/** No answer came. `sent` false: the request surely had no effect; true: nobody can tell whether it had. */
export class ConnectionLost extends ZooKeeperError {
  readonly sent: boolean
  constructor(message: string, sent: boolean, path?: string, cause?: unknown) {
    super(message, path, cause)
    this.sent = sent
  }
}

/** Error codes of apache/zookeeper `KeeperException.Code`. */
const classes = new Map<number, new (message: string, path?: string, cause?: unknown) => ZooKeeperError>([
  [-101, NoNode],
  [-102, NoAuth],
  [-103, BadVersion],
  [-110, NodeExists],
  [-111, NotEmpty],
  [-112, SessionExpired],
  [-115, AuthFailed],
])

export const connectionLoss = -4

/** The typed error for a code of the protocol. `what` names the request, for example `create /a`. */
export function errorOf(code: number, what: string, path: string | undefined, lineWent: string): ZooKeeperError {
  if (code === connectionLoss) return new ConnectionLost(`${what}: the connection was lost (${lineWent})`, true, path)
  const Class = classes.get(code) ?? ZooKeeperError
  return new Class(`${what}: ZooKeeper answered ${wording.get(code) ?? `error ${code}`}`, path)
}

const wording = new Map([
  [-101, 'no such znode'],
  [-102, 'not permitted (NoAuth)'],
  [-103, 'another version than expected'],
  [-108, 'ephemeral znodes have no children'],
  [-110, 'it exists already'],
  [-111, 'it has children'],
  [-112, 'the session has expired'],
  [-115, 'authentication failed'],
])
