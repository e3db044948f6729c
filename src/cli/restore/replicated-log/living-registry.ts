// The registry that the leading Mesos master has now: who is in it, who is marked gone.
import { z } from 'zod'
import { because } from '../../../errors.ts'
import { askBigJson } from '../../../http.ts'
import { leadingMaster } from '../../../survey/mesos-leader.ts'
import { serviceOn, type World } from '../../../world.ts'

const id = z.object({ value: z.string() })
const registry = z.object({
  slaves: z.object({ slaves: z.array(z.object({ info: z.object({ id }) })).default([]) }).optional(),
  gone: z.object({ slaves: z.array(z.object({ id })).default([]) }).optional(),
})

/** Ids. */
export interface LivingRegistry {
  readonly agents: readonly string[]
  readonly gone: readonly string[]
}

/** Or why it could not be had. */
export async function livingRegistry(world: World): Promise<LivingRegistry | { readonly why: string }> {
  try {
    const leader = await leadingMaster(world)
    const found = await askBigJson(serviceOn(world, leader, 'mesos'), '/registrar(1)/registry', registry)
    return {
      agents: (found.slaves?.slaves ?? []).map(({ info }) => info.id.value),
      gone: (found.gone?.slaves ?? []).map(slave => slave.id.value),
    }
  } catch (error) {
    return { why: because(error) }
  }
}
