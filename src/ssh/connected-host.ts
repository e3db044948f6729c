// A Host over one Line: what run, stream, connect, http and put are made of.
import { basename, dirname } from 'node:path/posix'
import type { Duplex } from 'node:stream'
import type { Secret } from '../secret.ts'
import { converse } from './conversation.ts'
import { ForwardingRefused, ScriptFailed, TooMuchOutput } from './errors.ts'
import type { As, Host, HttpAnswer, HttpRequest, Ran, RunOptions, Streaming, StreamOptions } from './host.ts'
import { curlScript, curlTrouble, exchange, parseCurl, usualMaxBytes } from './http-exchange.ts'
import type { Line } from './line.ts'

const usualOutput = 4 * 1024 * 1024

/** Milliseconds for writing one file: `put` is for scripts and settings, not for data. */
const putWithin = 60_000

/**
 * A temporary name beside the target, fsync, rename, fsync of the folder. The size is compared because a line that
 * drops looks to `dd` like the end of the file; its broken pipe would end the shell without its EXIT trap.
 * `sync FILE` on EL7 (coreutils 8.22) syncs everything instead, which is right too.
 */
const putScript = `
set -eu; umask 077
temporary="$1/.$2.$$.dcosctl"
trap 'rm -f "$temporary"' EXIT
trap '' PIPE HUP
dd of="$temporary" bs=65536 conv=fsync status=none
size=$(wc -c <"$temporary")
[ "$size" -eq "$4" ] || { echo "only $size of $4 bytes arrived" >&2; exit 1; }
chmod "$3" "$temporary"
mv -f "$temporary" "$1/$2"
sync "$1"`

export class ConnectedHost implements Host {
  readonly name: string
  readonly address: string
  readonly #line: Line
  readonly #sudoPassword: Secret | undefined
  #forwards = true

  constructor(name: string, address: string, line: Line, sudoPassword: Secret | undefined) {
    this.name = name
    this.address = address
    this.#line = line
    this.#sudoPassword = sudoPassword
  }

  async run(script: string, options: RunOptions): Promise<Ran> {
    const { exit, stdout, stderr } = await this.#collect(script, options)
    return { exit, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
  }

  async stream(script: string, { as, args = [], signal, idleWithin }: StreamOptions): Promise<Streaming> {
    const talk = { script, as, args, stdin: undefined, sudoPassword: this.#sudoPassword, strict: true, idleWithin }
    const { stdout, ended, cut } = await converse(this.#line, talk, { within: idleWithin, signal })
    const stop = () => cut(this.#line.calledOff('a stream'))
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    stdout.once('close', () => signal?.removeEventListener('abort', stop))
    const said = ended.then(({ exit, stderr }) => ({ exit, stderr: stderr.toString('utf8') }))
    said.catch(() => {}) // told through stdout as well
    return { stdout, ended: said }
  }

  async connect(
    port: number,
    { within, loopback = false }: { readonly within: number; readonly loopback?: boolean },
  ): Promise<Duplex> {
    return this.#line.forward(loopback ? '127.0.0.1' : this.address, port, { within })
  }

  async http(request: HttpRequest): Promise<HttpAnswer> {
    const where = { node: this.name, address: this.address }
    if (this.#forwards) {
      const began = performance.now()
      try {
        const connection = await this.connect(request.port, { within: request.within })
        return await exchange(where, request, connection, Math.max(1, request.within - (performance.now() - began)))
      } catch (error) {
        if (!(error instanceof ForwardingRefused)) throw error
        this.#forwards = false
      }
    }
    const { script, stdin } = curlScript(where, request)
    const maxBytes = (request.maxBytes ?? usualMaxBytes) + 65_536 // the headers are printed too
    const within = request.within + 1000 // so that curl's own deadline, which says more, comes first
    const ran = await this.#collect(script, { as: 'login', within, maxBytes, ...(stdin ? { stdin } : {}) })
    if (ran.exit !== 0) throw curlTrouble(where, request, ran.exit, ran.stderr.toString('utf8'))
    return parseCurl(where, request, ran.stdout)
  }

  async put(path: string, bytes: Uint8Array, { as, mode }: { readonly as: As; readonly mode: number }): Promise<void> {
    const args = [dirname(path), basename(path), mode.toString(8).padStart(4, '0'), String(bytes.length)]
    const ran = await this.run(putScript, { as, args, stdin: bytes, within: putWithin })
    if (ran.exit !== 0) throw new ScriptFailed(this.name, ran.exit, ran.stderr, `writing ${path}`)
  }

  async #collect(script: string, options: RunOptions): Promise<{ exit: number; stdout: Buffer; stderr: Buffer }> {
    const { as, args = [], stdin, within, signal, maxBytes = usualOutput } = options
    const began = performance.now()
    const talk = { script, as, args, stdin, sudoPassword: this.#sudoPassword, strict: false, idleWithin: undefined }
    const { stdout, ended, cut } = await converse(this.#line, talk, { within, signal })
    const timer = setTimeout(
      () => cut(this.#line.late('a script', within)),
      Math.max(1, within - (performance.now() - began)),
    )
    const stop = () => cut(this.#line.calledOff('a script'))
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    try {
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of stdout) {
        chunks.push(chunk)
        size += chunk.length
        if (size > maxBytes)
          throw new TooMuchOutput(this.name, { what: `a script on ${this.name} printed more than ${maxBytes} bytes` })
      }
      return { ...(await ended), stdout: Buffer.concat(chunks) }
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }
}
