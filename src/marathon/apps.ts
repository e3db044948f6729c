// One app or pod of Marathon: what it is now, how it is put and removed, and the deployments that change it.
import { z } from 'zod'
import { type Answer, readJson, type Service } from '../http.ts'
import { refusal } from '../refusal.ts'
import type { Kind } from './definition.ts'
import { type Definition, definition } from './groups.ts'
import { deployments } from './marathon.ts'

const folder: { readonly [K in Kind]: string } = { app: '/v2/apps', pod: '/v2/pods' }

const pathOf = (kind: Kind, id: string): string => `${folder[kind]}${encodeURI(id)}`

const oneApp = z.object({ app: definition })

/** As Marathon tells it, undefined where there is none. @throws UnexpectedAnswer */
export async function livingDefinition(marathon: Service, kind: Kind, id: string): Promise<Definition | undefined> {
  const path = pathOf(kind, id)
  const answer = await marathon.ask({ path })
  if (answer.status === 404) return undefined
  return kind === 'app' ? readJson(marathon, path, answer, oneApp).app : readJson(marathon, path, answer, definition)
}

/**
 * Creates it, or sets it whole. `partialUpdate=false`: a field that the definition leaves out is not kept from what was there
 * (mesosphere/marathon AppsResource.replace, from 1.5 on; before, it is).
 * @returns the id of the deployment that this began
 * @throws UnexpectedAnswer with what Marathon minds, or which deployment has it locked
 */
export async function putDefinition(
  marathon: Service,
  kind: Kind,
  wanted: Definition,
  isNew: boolean,
): Promise<string> {
  const body = JSON.stringify(wanted)
  if (kind === 'pod' && isNew)
    return begun(marathon, folder.pod, await marathon.ask({ path: folder.pod, method: 'POST', body }))
  const path = `${pathOf(kind, wanted.id)}${kind === 'app' ? '?partialUpdate=false' : ''}`
  return begun(marathon, path, await marathon.ask({ path, method: 'PUT', body }))
}

/** @throws UnexpectedAnswer as `putDefinition` */
export async function removeDefinition(marathon: Service, kind: Kind, id: string): Promise<string> {
  const path = pathOf(kind, id)
  return begun(marathon, path, await marathon.ask({ path, method: 'DELETE' }))
}

const result = z.object({ deploymentId: z.string() })

/** Pods tell the deployment only in a header; apps in the body as well. */
function begun(marathon: Service, path: string, answer: Answer): string {
  if (answer.status < 200 || answer.status > 202) throw refusal(marathon, path, answer)
  const named = answer.headers['marathon-deployment-id'] ?? answer.headers['x-marathon-deployment-id']
  return named ?? readJson(marathon, path, { ...answer, status: 200 }, result).deploymentId
}

/** Ids of the deployments under way that change it. */
export async function deploymentsOf(marathon: Service, kind: Kind, id: string): Promise<readonly string[]> {
  const underWay = await deployments(marathon)
  const isAffected = ({ affectedApps, affectedPods }: (typeof underWay)[number]) =>
    (kind === 'app' ? affectedApps : affectedPods).includes(id)
  return underWay.filter(isAffected).map(deployment => deployment.id)
}
