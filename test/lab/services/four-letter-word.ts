// Asking a ZooKeeper server by a four-letter word.
import { connect } from 'node:net'

export type WordAnswer =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly why: string }

/** `silent`: the port is open, but nothing came within the deadline (milliseconds), as of a stopped process. */
export function askWord(address: string, word: string, deadline: number): Promise<WordAnswer> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let connected = false
    const socket = connect({ host: address, port: 2181 })
    const end = (answer: WordAnswer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(
      () => end(connected ? { kind: 'silent' } : { kind: 'refused', why: 'no connection' }),
      deadline,
    )
    socket.on('connect', () => {
      connected = true
      socket.write(word)
    })
    socket.on('data', (data: Buffer) => chunks.push(data))
    socket.on('error', error => end({ kind: 'refused', why: error.message }))
    socket.on('close', () => end({ kind: 'answered', text: Buffer.concat(chunks).toString() }))
  })
}
