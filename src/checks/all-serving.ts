// Exhibitor: every master serving, exactly one ZooKeeper leader, no rolling configuration change under way.
import { clusterStatus, rollInProgress, serving } from '../exhibitor/exhibitor.ts'
import { firstThatAnswers } from '../survey/first-that-answers.ts'
import { serviceOn, type World } from '../world.ts'
import type { Ask } from './checker.ts'

export const allServing: Ask<'all-serving'> = async ({ masters }, world) => {
  const wanted = `${masters.length} of ${masters.length} serving, one leader`
  const [rows, rolling] = await firstThatAnswers(masters, async node => {
    const exhibitor = serviceOn(world, node, 'exhibitor')
    return Promise.all([clusterStatus(exhibitor), rollInProgress(exhibitor)])
  })
  const well = rows.filter(({ code }) => code === serving)
  const leaders = rows.filter(({ isLeader }) => isLeader).length
  const others = rows
    .filter(({ code }) => code !== serving)
    .map(({ hostname, description }) => `${nameOf(world, hostname)} is ${description}`)
  if (rolling) {
    return {
      well: false,
      saw: 'Exhibitor rolls out a configuration change',
      wanted: 'none under way',
      remedy: 'wait until it is done',
    }
  }
  if (well.length === masters.length && rows.length === masters.length && leaders === 1) {
    return { well: true, saw: `${well.length} of ${masters.length} serving`, wanted }
  }
  const details = [...others, ...(leaders === 1 ? [] : [`${leaders} leaders`])]
  if (rows.length !== masters.length) details.push(`Exhibitor knows ${rows.length} servers`)
  return {
    well: false,
    saw: `${well.length} of ${masters.length} serving: ${details.join(', ')}`,
    wanted,
    remedy: 'look at the master:  journalctl -u dcos-exhibitor',
  }
}

/** Exhibitor names servers by address. */
const nameOf = ({ nodes }: Pick<World, 'nodes'>, address: string): string =>
  [...nodes.values()].find(node => node.address === address)?.name ?? address
