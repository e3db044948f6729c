// What a service said when it would not do what it was asked to: its message, and which fields it minded; no values.
import { z } from 'zod'
import { type Answer, type Service, UnexpectedAnswer } from './http.ts'

const said = z.object({
  message: z.string().default(''),
  details: z.array(z.object({ path: z.string().default(''), errors: z.array(z.string()).default([]) })).catch([]),
  deployments: z.array(z.object({ id: z.string() })).catch([]),
})

/** The shape in which Marathon and Metronome refuse (mesosphere/marathon docs/docs/rest-api/public/api/traits.raml). */
export function refusal(service: Service, path: string, { status, body }: Answer): UnexpectedAnswer {
  if (status === 401 || status === 403)
    return new UnexpectedAnswer(service, path, status, `${status}: it wants credentials`)
  const parsed = said.safeParse(jsonOf(body))
  if (!parsed.success) return new UnexpectedAnswer(service, path, status, String(status))
  const { message, details, deployments } = parsed.data
  const minded = details.map(({ path: field, errors }) => `${field}: ${errors.join(', ')}`)
  const locks = deployments.map(({ id }) => `deployment ${id}`)
  const more = [...minded, ...locks].join('; ')
  return new UnexpectedAnswer(service, path, status, `${status} ${message}${more ? ` (${more})` : ''}`.slice(0, 400))
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
