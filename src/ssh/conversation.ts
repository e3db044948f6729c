// One script on one line: sends it once the node is ready, gives its exact output with back-pressure, and says how it ended.
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Secret } from '../secret.ts'
import { lastWords, type NodeError, ScriptFailed, StrangeAnswer } from './errors.ts'
import { commandLine, payload, type Sudo, unframer } from './framing.ts'
import type { As } from './host.ts'
import type { Limits, Line } from './line.ts'
import { sudoRefusal } from './sudo.ts'

/** How much of a streaming script's complaints is kept: the last of it. */
const stderrKept = 65_536
/** How long, in ms, output may still come after the exit mark before the channel is closed on a child that was left behind. */
const afterExit = 500

export interface Talk {
  readonly script: string
  readonly as: As
  readonly args: readonly string[]
  readonly stdin: Uint8Array | undefined
  readonly sudoPassword: Secret | undefined
  /** Whether an exit other than 0 destroys stdout with ScriptFailed. */
  readonly strict: boolean
  /** Milliseconds without a byte while the reader wants more. */
  readonly idleWithin: number | undefined
}

export interface Conversation {
  readonly stdout: Readable
  /** Rejects with what cut the conversation off. */
  readonly ended: Promise<{ readonly exit: number; readonly stderr: Buffer }>
  /** Ends it from our side with this error. */
  cut(error: NodeError): void
}

/** Resolves when the node said ready, that is after sudo let us in. @throws SudoRefused, StrangeAnswer, and all of `Line.wait`. */
export async function converse(line: Line, talk: Talk, limits: Limits): Promise<Conversation> {
  const token = randomBytes(16).toString('hex')
  const sudo: Sudo =
    talk.as === 'login' || line.user === 'root' ? 'none' : talk.sudoPassword ? 'with-password' : 'without-password'
  const { channel, release } = await line.exec(commandLine(token, sudo), limits)
  const out = unframer(token, true)
  const err = unframer(token, false)
  let noise = Buffer.alloc(0)
  let stderr = Buffer.alloc(0)
  let over = false
  let idle: NodeJS.Timeout | undefined
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<{ exit: number; stderr: Buffer }>()
  ready.promise.catch(() => {}) // awaited below; a failure after the deadline has been told already
  ended.promise.catch(() => {}) // told through stdout as well; who reads only that must not crash on this one

  const stdout = new Readable({
    read() {
      watchIdle()
      channel.resume()
    },
    destroy(error, done) {
      if (!over) finish(line.calledOff('reading'))
      done(error)
    },
  })

  stdout.on('error', () => {}) // the stream stays errored for whoever reads it later; until then nobody listens

  const watchIdle = () => {
    if (talk.idleWithin === undefined || over) return
    if (idle) idle.refresh()
    else idle = setTimeout(() => finish(line.late('the next byte', talk.idleWithin ?? 0)), talk.idleWithin)
  }
  const restIdle = () => {
    clearTimeout(idle)
    idle = undefined
  }

  const finish = (trouble?: NodeError) => {
    if (over) return
    over = true
    restIdle()
    forget()
    channel.close()
    release()
    const exit = out.exit
    if (trouble || exit === undefined) {
      const error = trouble ?? new StrangeAnswer(line.node, { what: `a script on ${line.node} ended without an exit` })
      ready.reject(error)
      ended.reject(error)
      stdout.destroy(error)
      return
    }
    ended.resolve({ exit, stderr })
    if (talk.strict && exit !== 0) stdout.destroy(new ScriptFailed(line.node, exit, stderr.toString(), 'a script'))
    else stdout.push(null)
  }
  const forget = line.onDrop(finish)

  channel.on('data', (chunk: Buffer) => {
    const begun = out.begun
    const bytes = out.take(chunk)
    if (!begun && out.begun) {
      channel.write(payload(token, talk.script, talk.args))
      channel.end(talk.stdin)
      ready.resolve()
    }
    watchIdle()
    if (bytes.length && !over && !stdout.push(bytes)) {
      channel.pause()
      restIdle()
    }
    if (out.exit !== undefined && !over) setTimeout(() => finish(), afterExit).unref()
  })
  channel.stderr.on('data', (chunk: Buffer) => {
    if (!err.begun) noise = Buffer.concat([noise, chunk]).subarray(-stderrKept)
    stderr = Buffer.concat([stderr, err.take(chunk)]).subarray(-stderrKept)
    if (!err.begun && /try again/i.test(noise.toString())) channel.end() // else sudo would wait for a better password
  })
  let signalled: string | undefined
  channel.on('exit', (_code: number | null, signal?: string) => {
    signalled = signal
  })
  channel.on('error', (error: Error) =>
    finish(new StrangeAnswer(line.node, { what: `a channel of ${line.node} broke`, cause: error })),
  )
  channel.on('close', () => {
    if (line.dropped) return finish(line.dropped)
    if (out.exit !== undefined) return finish()
    if (out.begun) {
      const how = signalled ? `it was killed by ${signalled}` : 'its shell was killed, or the output was cut off'
      return finish(
        new StrangeAnswer(line.node, { what: `a script on ${line.node} ended without its exit mark: ${how}` }),
      )
    }
    finish(sudoRefusal(line.node, line.user, sudo, noise.toString()) ?? noShell(line.node, noise.toString()))
  })

  if (sudo === 'with-password') channel.write(`${talk.sudoPassword?.reveal()}\n`)
  channel.resume()
  const conversation = { stdout, ended: ended.promise, cut: finish }
  try {
    await line.wait<void>('its login shell', limits, (resolve, reject) => ready.promise.then(resolve, reject))
  } catch (error) {
    if (!over) finish(line.late('its login shell', limits.within))
    throw error
  }
  return conversation
}

function noShell(node: string, noise: string): StrangeAnswer {
  const said = noise.trim() ? `: ${lastWords(noise)}` : ', without a word'
  return new StrangeAnswer(node, {
    what: `the login on ${node} ended before our script began${said}`,
    next: [`see what \`ssh ${node} true\` does: a login shell such as nologin or a forced command does not work`],
  })
}
