// Logical copies: what Mesos, Marathon and Metronome say of their state, as JSON. Apps and jobs are restored from them; the rest is to compare with.
import { z } from 'zod'
import { readJson } from '../../http.ts'
import { groupsPath } from '../../marathon/groups.ts'
import { jobs, jobsPath } from '../../metronome/metronome.ts'
import type { Content } from '../../store/manifest.ts'
import { leadingMarathon } from '../../survey/marathon.ts'
import { leadingMaster } from '../../survey/mesos-leader.ts'
import { leadingMetronome } from '../../survey/metronome.ts'
import { serviceOn, type World } from '../../world.ts'
import type { OpenSource } from './source.ts'

/** @throws UnexpectedAnswer for anything but 200 and JSON of this shape. The bytes are kept as they came. */
const jsonFrom =
  <T>(
    which: 'mesos' | 'marathon' | 'metronome',
    path: string,
    shape: z.ZodType<T>,
    describe: (body: T) => Content,
  ): OpenSource =>
  async (world, { what }) => {
    // Who leads may have changed since the plan was made; who does not lead knows less, or nothing.
    const from = await leaders[which](world)
    const service = serviceOn(world, from, which)
    const answer = await service.ask({ path, big: true })
    const facts = describe(readJson(service, path, answer, shape))
    async function* plain() {
      yield answer.body
    }
    return { plain: plain(), content: () => ({ kind: what, from, path, ...facts }) }
  }

const leaders = {
  mesos: leadingMaster,
  marathon: async (world: World) => (await leadingMarathon(world)).node,
  metronome: async (world: World) => (await leadingMetronome(world)).node,
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
const roles = z.object({ roles: z.array(z.unknown()) })
const quota = z.object({ infos: z.array(z.unknown()).default([]) })
const weights = z.array(z.unknown())
const schedule = z.object({ windows: z.array(z.unknown()).default([]) })
const machines = z.array(z.unknown()).default([])
const status = z.object({ draining_machines: machines, down_machines: machines })
const overlay = z.object({ network: z.object({}).loose(), agents: z.array(z.unknown()).default([]) })
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
export const mesosRoles = jsonFrom('mesos', '/roles', roles, body => ({ roles: body.roles.length }))
export const mesosQuota = jsonFrom('mesos', '/quota', quota, ({ infos }) => ({ quotas: infos.length }))
export const mesosWeights = jsonFrom('mesos', '/weights', weights, body => ({ weights: body.length }))
export const mesosMaintenanceSchedule = jsonFrom('mesos', '/maintenance/schedule', schedule, ({ windows }) => ({
  windows: windows.length,
}))
export const mesosMaintenanceStatus = jsonFrom('mesos', '/maintenance/status', status, body => ({
  draining: body.draining_machines.length,
  down: body.down_machines.length,
}))
/** A master that does not lead has no network here: the shape refuses that. */
export const overlayState = jsonFrom('mesos', '/overlay-master/state', overlay, ({ agents }) => ({
  agents: agents.length,
}))
export const marathonGroups = jsonFrom('marathon', groupsPath, group, ({ id }) => ({ root: id }))
export const marathonInfo = jsonFrom('marathon', '/v2/info', info, ({ version }) => ({ version }))
export const metronomeJobs = jsonFrom('metronome', jobsPath, jobs, body => ({ jobs: body.length }))
