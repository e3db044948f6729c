// The fencing token: a persistent counter that each new driver raises, so that a node can tell an old driver from the present one.
import { BadVersion, NodeExists } from '../session/errors.ts'
import type { Change } from '../session/requests.ts'
import type { Session } from '../session/session.ts'
import { counterBytes, paths, readCounter } from './format.ts'

export interface Counter {
  readonly token: number
  /** Of the znode: raising the counter expects it unchanged, so one of two racers fails. */
  readonly version: number
}

/** Creates dcosctl's persistent znodes where they are missing. */
export async function prepare(session: Session): Promise<void> {
  for (const [path, data] of [
    [paths.root, Buffer.alloc(0)],
    [paths.token, counterBytes(0)],
    [paths.reading, Buffer.alloc(0)],
  ] as const) {
    if (await session.exists(path)) continue
    try {
      await session.create(path, data, 'persistent')
    } catch (thrown) {
      if (!(thrown instanceof NodeExists)) throw thrown
    }
  }
}

/** @throws DcosctlError REFUSED when the znode holds no number */
export async function currentToken(session: Session): Promise<Counter> {
  const { data, stat } = await session.get(paths.token)
  return { token: readCounter(data), version: stat.version }
}

/** Raises the counter by one, together with `changes`. @throws BadVersion when somebody else raised it meanwhile */
export async function raise(
  session: Session,
  { token, version }: Counter,
  changes: readonly Change[],
): Promise<Counter> {
  const raised = { token: token + 1, version: version + 1 }
  await session.multi([{ set: paths.token, data: counterBytes(raised.token), version }, ...changes])
  return raised
}

/** Raises the counter to at least this: nodes may remember a higher token than a ZooKeeper that was set back. */
export async function raiseTo(session: Session, least: number): Promise<void> {
  if (least === 0) return
  await prepare(session)
  for (;;) {
    const { token, version } = await currentToken(session)
    if (token >= least) return
    try {
      return await session.multi([{ set: paths.token, data: counterBytes(least), version }])
    } catch (thrown) {
      if (!(thrown instanceof BadVersion)) throw thrown
    }
  }
}
