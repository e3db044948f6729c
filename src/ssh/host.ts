// A node as the rest of dcosctl sees it: run, stream, connect, http and put, all through one SSH connection per node.
import type { Duplex, Readable } from 'node:stream'

/** `root` goes through sudo (unless the login user is root already), `login` is the user that the connection logged in as. */
export type As = 'root' | 'login'

/** How a script ended. An exit other than 0 is a result here, not an error: the caller knows what it means. */
export interface Ran {
  /** 0 to 255 as the shell reports it: 128 + n when signal n ended what the script ran last. */
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly as: As
  /** `$1`, `$2`, … of the script. They travel on stdin, not in the argument list of any process but the shell's own. */
  readonly args?: readonly string[]
  /** What the script reads on its stdin; without it the script reads the end of file at once. */
  readonly stdin?: Uint8Array
  /** Milliseconds from the call to the end of the script. After that the call fails with `DeadlinePassed`; the script may still be at work. */
  readonly within: number
  readonly signal?: AbortSignal
  /** Most bytes of stdout (and of stderr) taken, 4 MiB unless said; one more fails with `TooMuchOutput`. */
  readonly maxBytes?: number
}

export interface StreamOptions {
  readonly as: As
  readonly args?: readonly string[]
  readonly signal?: AbortSignal
  /** Milliseconds without a byte, while the reader is asking for more, after which the stream fails with `DeadlinePassed`. */
  readonly idleWithin: number
}

export interface Streaming {
  /** The script's exact bytes. It ends only after the script did with exit 0; otherwise it is destroyed with an error (`ScriptFailed`, `LineDropped`, …). */
  readonly stdout: Readable
  /** Settles when the script ended. Rejects with what cut the stream off; a caller that only watches `stdout` may leave it alone. */
  readonly ended: Promise<{ readonly exit: number; readonly stderr: string }>
}

export interface HttpRequest {
  readonly port: number
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With the leading slash and the query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds for the whole exchange. */
  readonly within: number
  /** Most bytes of the body, 32 MiB unless said. */
  readonly maxBytes?: number
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case; a repeated header is joined with ", ". */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** One node, reached. All methods throw the errors of `src/ssh/errors.ts`; after `LineDropped` ask `Hosts.host()` again for a new line. */
export interface Host {
  /** The inventory's name, for example `m1`. */
  readonly name: string
  /** Where Mesos and ZooKeeper listen on it: what `detect_ip` prints there. */
  readonly address: string
  /** Runs a POSIX sh script. Script, arguments and stdin travel on the channel's stdin, so none of it is seen by `ps`. Never a pty. */
  run(script: string, options: RunOptions): Promise<Ran>
  /** Runs a script and streams its stdout, with back-pressure. Noise of a login (`.bashrc`, motd, sudo's lecture) cannot enter it. */
  stream(script: string, options: StreamOptions): Promise<Streaming>
  /** A TCP connection to `address:port` made by the node itself. Throws `ForwardingRefused` where sshd forbids it, `PortClosed` where nobody listens. */
  connect(
    port: number,
    options: {
      readonly within: number
      /** To the node's own 127.0.0.1 instead. */
      readonly loopback?: boolean
    },
  ): Promise<Duplex>
  /** Plain HTTP to `address:port`, through `connect`, or by `curl` on the node where forwarding is off. Never follows a redirect. */
  http(request: HttpRequest): Promise<HttpAnswer>
  /** Writes a file whole or not at all: a temporary name beside it, fsync, rename, fsync of the folder. `mode` as in 0o600. */
  put(path: string, bytes: Uint8Array, options: { readonly as: As; readonly mode: number }): Promise<void>
}

/** The nodes by name. Callers at the same time share one dial; after a drop the next call dials again. */
export interface Hosts {
  /** Throws what dialling or the `afterLogin` hook threw; nothing of that is remembered, the next call tries again. */
  host(name: string): Promise<Host>
  close(): Promise<void>
}
