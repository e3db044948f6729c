// Sends an answer of the double, as it is or spoilt by a fault.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './faults.ts'
import type { Answer } from './request.ts'

export async function send(
  answer: Answer,
  fault: Fault | undefined,
  { incoming, outgoing }: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
): Promise<void> {
  const { status, headers = {}, body = Buffer.alloc(0) } = spoilt(answer, fault)
  const type = body[0] === 0x3c && headers['content-type'] === undefined ? { 'content-type': 'application/xml' } : {}
  const length = incoming.method === 'HEAD' ? {} : { 'content-length': String(body.length) }
  const half = Math.floor(body.length / 2)
  switch (fault?.name) {
    case 'answer-lost':
      return void incoming.socket.resetAndDestroy()
    case 'hold':
      return fault.held()
  }
  outgoing.writeHead(status, { 'x-amz-request-id': 'double', ...type, ...headers, ...length })
  switch (fault?.name) {
    case 'cut-body':
      outgoing.write(body.subarray(0, half), () => incoming.socket.destroy())
      return
    case 'silent':
      outgoing.flushHeaders()
      outgoing.write(body.subarray(0, half))
      return
    case 'trickle':
      for (let piece = 0; piece < fault.pieces; piece++) {
        outgoing.write(body.subarray(...[piece, piece + 1].map(at => Math.floor((body.length * at) / fault.pieces))))
        await pause(fault.apart)
      }
      return void outgoing.end()
    default:
      outgoing.end(body)
  }
}

function spoilt(answer: Answer, fault: Fault | undefined): Answer {
  const { body = Buffer.alloc(0), headers = {} } = answer
  switch (fault?.name) {
    case 'flipped-byte': {
      const flipped = Buffer.from(body)
      const at = Math.floor(flipped.length / 2)
      if (flipped.length > 0) flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at)
      return { ...answer, body: flipped }
    }
    case 'shortened':
      return { ...answer, body: body.subarray(0, Math.floor(body.length / 2)) }
    case 'wrong-etag':
      return { ...answer, headers: { ...headers, etag: '"00000000000000000000000000000000"' } }
    case 'omitted-key': {
      const whole = String(body)
      const from = whole.lastIndexOf('<Contents>')
      const end = whole.lastIndexOf('</Contents>') + '</Contents>'.length
      return from < 0 ? answer : { ...answer, body: Buffer.from(whole.slice(0, from) + whole.slice(end)) }
    }
    default:
      return answer
  }
}
