// One Marathon leads and says so.
import { leadingMarathon } from '../survey/marathon.ts'
import type { Ask } from './checker.ts'

export const marathonAnswers: Ask<'marathon-answers'> = async (_check, world) => {
  const { info } = await leadingMarathon(world)
  return {
    well: true,
    saw: `framework ${info.frameworkId ?? 'without an id'} answers`,
    wanted: 'an answer of its leader',
  }
}
