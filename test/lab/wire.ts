// What is said over the supervisor's socket: one JSON line asks, lines of `say` follow, one `done` or `failed` ends it.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Say } from './say.ts'

const requestSchema = z.discriminatedUnion('ask', [
  /** Tells the story of the start and ends when the lab is ready. */
  z.object({ ask: z.literal('ready') }),
  z.object({ ask: z.literal('status') }),
  /** A shell script as root inside a node, without ssh. */
  z.object({
    ask: z.literal('run'),
    node: z.string(),
    script: z.string(),
    input: z.string().optional(),
    seconds: z.number(),
  }),
  z.object({ ask: z.literal('fault'), fault: z.string(), node: z.string(), on: z.boolean() }),
  /** Every node off, its disk as new, on again. */
  z.object({ ask: z.literal('reset') }),
])
export type Request = z.infer<typeof requestSchema>

export const endedSchema = z.object({ exit: z.number(), stdout: z.string(), stderr: z.string() })

export const statusSchema = z.object({
  nodes: z.array(
    z.object({
      name: z.string(),
      role: z.enum(['master', 'agent']),
      address: z.string(),
      power: z.enum(['on', 'off']),
      /** What systemd says of itself: running, degraded, starting… or why it says nothing. */
      system: z.string(),
      /** Starts since `up`. */
      boots: z.number(),
      faults: z.array(z.string()),
    }),
  ),
  bootstrap: z.string(),
  s3: z.string(),
})
export type LabStatus = z.infer<typeof statusSchema>

const lineSchema = z.union([
  z.object({ say: z.string() }),
  z.object({ done: z.unknown() }).refine(line => 'done' in line),
  z.object({ failed: z.string() }),
])

class LabAsked extends Error {}

interface AskOptions {
  readonly say?: Say
  readonly seconds: number
}

/** Asks a lab's supervisor. Throws `LabAsked` where it refuses, can't be reached, falls silent or takes too long. */
export function ask(socketFile: string, request: Request, { say, seconds }: AskOptions): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const socket = connect(socketFile)
  const fail = (message: string) => reject(new LabAsked(message))
  const timer = setTimeout(() => fail(`The lab did not answer '${request.ask}' within ${seconds} s.`), seconds * 1000)
  socket.on('error', error => fail(`No lab answers at ${socketFile} (${error.message}). Start one: npm run lab -- up`))
  socket.on('close', () => fail(`The lab ended while it was asked '${request.ask}'.`))
  linesOf(socket, text => {
    const line = lineSchema.parse(JSON.parse(text))
    if ('say' in line) say?.(line.say)
    else if ('failed' in line) fail(line.failed)
    else resolve(line.done)
  })
  socket.write(JSON.stringify(request) + '\n')
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}

/** Whether somebody takes connections at the socket: its file is there a moment earlier. */
export function answers(socketFile: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(socketFile)
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

/** Listens for requests; `answer` gives the value of `done`, what it throws becomes `failed`. */
export function listen(socketFile: string, answer: (request: Request, say: Say) => Promise<unknown>): Promise<Server> {
  const server = createServer(socket => {
    const tell = (line: object) => void (socket.writable && socket.write(JSON.stringify(line) + '\n'))
    // Whoever asked may hang up before the answer; the work goes on.
    socket.on('error', () => undefined)
    linesOf(socket, async text => {
      try {
        const done = await answer(requestSchema.parse(JSON.parse(text)), line => tell({ say: line }))
        tell({ done: done ?? null })
      } catch (error) {
        tell({ failed: error instanceof Error ? error.message : String(error) })
      }
    })
  })
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  server.once('error', reject)
  server.listen(socketFile, () => resolve(server))
  return promise
}

function linesOf(socket: Socket, take: (line: string) => void): void {
  const lines = createInterface({ input: socket })
  lines.on('line', take)
  // readline passes the socket's errors on; the socket's own listener is the one that answers to them.
  lines.on('error', () => undefined)
}
