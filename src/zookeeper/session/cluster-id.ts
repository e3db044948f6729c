// The cluster's identity as DC/OS keeps it in ZooKeeper.
import { NoNode } from './errors.ts'
import type { Limit, Session } from './session.ts'

/** Agreed on once by the masters, who keep the same text in /var/lib/dcos/cluster-id. */
const path = '/cluster-id'

/** A UUID in text. */
const shape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export class NoClusterId extends Error {
  override readonly name = 'NoClusterId'
}

/** @throws NoClusterId when the znode is missing or holds something else than a UUID */
export async function readClusterId(session: Session, limit?: Limit): Promise<string> {
  let text: string
  try {
    text = (await session.get(path, limit)).data.toString('utf8').trim()
  } catch (thrown) {
    if (!(thrown instanceof NoNode)) throw thrown
    throw new NoClusterId(`ZooKeeper has no ${path}: this is no DC/OS cluster, or it has never come up`, {
      cause: thrown,
    })
  }
  if (!shape.test(text))
    throw new NoClusterId(`ZooKeeper's ${path} holds ${JSON.stringify(text.slice(0, 80))}, wanted a UUID`)
  return text
}
