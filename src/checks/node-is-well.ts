// After an upgrade of a node: its version file, no cut-off package swap, its Mesos unit active, and DC/OS' own checks, run and parsed here.
import { checkRunnerScript, failedChecks } from '../dcos/check-runner.ts'
import { nodeSays } from '../survey/node.ts'
import type { Ask } from './checker.ts'

const checksWithin = 120_000

export const nodeIsWell: Ask<'node-is-well'> = async ({ node, role, version }, { hosts }) => {
  const wanted = `DC/OS ${version}, its units active, its checks passing`
  const said = await nodeSays({ hosts }, node)
  const wrong: string[] = []
  if (said.brokenSwap) wrong.push(`a package swap was cut off (${said.brokenSwap})`)
  if (said.version !== version) wrong.push(`it runs ${said.version ?? 'an unknown version'}`)
  const units = role === 'master' ? ['dcos-mesos-master'] : ['dcos-mesos-slave', 'dcos-mesos-slave-public']
  if (!units.some(unit => said.activeUnits.includes(unit))) wrong.push(`${units[0]} is not active`)
  if (wrong.length === 0) {
    const host = await hosts.host(node)
    const ran = await host.run(checkRunnerScript, { as: 'root', within: checksWithin })
    wrong.push(...failedChecks(ran.stdout))
  }
  return wrong.length === 0
    ? { well: true, saw: `DC/OS ${version}, checks pass`, wanted }
    : { well: false, saw: wrong.join('; '), wanted, remedy: `look at ${node}:  journalctl -b -p warning` }
}
