// Recorded answers of real Mesos processes, request by request.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type Json, listAt, numberAt, objectAt, parseJson, textAt } from './json.ts'

export const recordings = join(import.meta.dirname, '../../fixtures/mesos/recorded')

export type Recorded = {
  readonly method: string
  readonly path: string
  readonly sent: string | undefined
  readonly status: number
  readonly contentType: string
  /** Without its host: that is another cluster's. */
  readonly location: string | undefined
  /** Of a 200 with JSON. */
  readonly json: Json | undefined
  readonly text: string | undefined
}

/** Every answer of a folder such as steady/leader. */
export function recordedIn(folder: string): readonly Recorded[] {
  const read = (file: string): Json => parseJson(readFileSync(join(recordings, folder, file), 'utf8'))
  return listAt({ all: read('_responses.json') }, 'all').map(entry => {
    const [method = '', path = '', ...body] = textAt(entry, 'request').split(' ')
    const status = numberAt(entry, 'status')
    const headers = objectAt(entry, 'headers')
    const contentType = textAt(headers, 'Content-Type')
    const name = textAt(entry, 'file')
    const file = existsSync(join(recordings, folder, name)) ? name : `api_v1/${name}`
    const answer = read(file)
    const isJson = status === 200 && contentType === 'application/json'
    const location = textAt(headers, 'Location')
    return {
      method,
      path,
      sent: body.length === 0 ? undefined : body.join(' '),
      status,
      contentType,
      location: location === '' ? undefined : withoutHost(location),
      json: isJson ? answer : undefined,
      text: isJson || !isObject(answer) ? undefined : textAt(answer, 'body'),
    }
  })
}

/** `//10.0.0.1:5050/master/state` → `//HOST:5050/master/state`: the form counts, not the address. */
export const withoutHost = (location: string): string => location.replace(/^\/\/[^:]+:/, '//HOST:')
