// Logical copies: what Mesos and Marathon say of their state, as JSON. Kept to compare with after a restore.
import { z } from 'zod'
import { readJson } from '../../http.ts'
import type { Content } from '../../store/manifest.ts'
import { leadingMarathon } from '../../survey/marathon.ts'
import { leadingMaster } from '../../survey/mesos-leader.ts'
import { serviceOn } from '../../world.ts'
import type { OpenSource } from './source.ts'

/** @throws UnexpectedAnswer for anything but 200 and JSON of this shape. The bytes are kept as they came. */
const jsonFrom =
  <T>(which: 'mesos' | 'marathon', path: string, shape: z.ZodType<T>, describe: (body: T) => Content): OpenSource =>
  async (world, { what }) => {
    // Who leads may have changed since the plan was made; who does not lead knows less, or nothing.
    const from = which === 'mesos' ? await leadingMaster(world) : (await leadingMarathon(world)).node
    const service = serviceOn(world, from, which)
    const answer = await service.ask({ path, big: true })
    const facts = describe(readJson(service, path, answer, shape))
    async function* plain() {
      yield answer.body
    }
    return { plain: plain(), content: () => ({ kind: what, from, path, ...facts }) }
  }

const registry = z
  .object({
    master: z.object({}).loose(),
    slaves: z
      .object({ slaves: z.array(z.unknown()).default([]) })
      .loose()
      .optional(),
  })
  .loose()
const state = z.object({ version: z.string(), slaves: z.array(z.unknown()), frameworks: z.array(z.unknown()) }).loose()
const flags = z.object({ flags: z.record(z.string(), z.string()) })
const group = z.object({ id: z.string() }).loose()
const info = z.object({ version: z.string() }).loose()

/** A standby answers `{}` with 200 here (apache/mesos): the shape refuses that. */
export const mesosRegistry = jsonFrom('mesos', '/registrar(1)/registry', registry, ({ slaves }) => ({
  agents: slaves?.slaves.length ?? 0,
}))
export const mesosState = jsonFrom('mesos', '/state', state, ({ version, slaves, frameworks }) => ({
  version,
  agents: slaves.length,
  frameworks: frameworks.length,
}))
export const mesosFlags = jsonFrom('mesos', '/flags', flags, body => ({
  flags: Object.keys(body.flags).length,
}))
export const marathonGroups = jsonFrom(
  'marathon',
  '/v2/groups?embed=group.groups&embed=group.apps&embed=group.pods',
  group,
  ({ id }) => ({ root: id }),
)
export const marathonInfo = jsonFrom('marathon', '/v2/info', info, ({ version }) => ({ version }))
