// The demo: a lab of 3 masters and 3 agents, and the real dcosctl on it, each command printed before it runs. One master is broken on the way.
import { once } from 'node:events'
import { appendFile, mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readPlanFile } from '../../src/config/plan-file.ts'
import { type Lab, labUnavailable, labUp } from './lab.ts'
import { newestVersion, upgradeScriptPath } from './services/upgrade-script-path.ts'

const root = resolve(import.meta.dirname, '../..')
const from = '2.1.1'

async function demo(keep: boolean): Promise<void> {
  const unavailable = labUnavailable({ s3: true })
  if (unavailable) throw new Error(`the demo needs a machine that can run the lab: ${unavailable}`)
  say(`A cluster of 3 masters and 3 agents on DC/OS ${from} comes up on this machine. Each node is a real host in a container: systemd, sshd,
ZooKeeper. Mesos, Marathon and the rest are simulated (test/lab/README.md says how faithfully); S3 is a real Ceph radosgw.`)
  const lab = await labUp({ masters: 3, agents: 3, version: from, s3: true, say: text => console.log(`  ${text}`) })
  try {
    await story(lab)
    if (keep) say(hint(lab))
  } finally {
    if (!keep) await lab.down()
  }
}

const folder = join(root, '.lab', 'demo')
const configOf = () => join(folder, 'dcosctl.yaml')

async function story(lab: Lab): Promise<void> {
  const { ssh, s3, bootstrapUrl, nodes, clusterName } = lab.description
  if (!s3) throw new Error('the lab has no S3')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const environment = {
    ...process.env,
    PATH: `${root}/bin:${process.env.PATH}`,
    XDG_STATE_HOME: join(folder, 'state'),
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.secretKey,
  }
  const dcosctl = (args: readonly string[], expected: number) => run(lab, ['dcosctl', ...args], environment, expected)

  const [master] = nodes
  await run(
    lab,
    [
      'dcosctl',
      'init',
      '--master',
      master?.address ?? '',
      '--user',
      ssh.user,
      '--identity',
      ssh.identityFile,
      '--known-hosts',
      ssh.knownHostsFile,
    ],
    environment,
    0,
  )

  const settings = `
store:
  s3: { bucket: ${s3.bucket}, endpoint: "${s3.endpoint}", pathStyle: true }
encryption: none
upgrade:
  scriptUrl: ${bootstrapUrl}${upgradeScriptPath(from, newestVersion)}
  agents: { atMost: 2, canaries: 1, soak: 3s }
patience:
  cluster: { within: 60s, every: 1s, steady: 0s }
  master: { within: 20s, every: 1s, steady: 2s }
  agent: { within: 60s, every: 1s, steady: 0s }
`
  say(
    `The cluster file says how to reach the nodes. Store, script and patience are the operator's to add:\n\n$ cat >> dcosctl.yaml${settings.replaceAll('\n', '\n    ')}`,
  )
  await appendFile(configOf(), settings)

  await untilWell(lab, environment)
  await dcosctl(['check'], 0)
  await dcosctl(['backup'], 0)
  await dcosctl(['backup', 'verify'], 0)
  await dcosctl(['upgrade', '--plan', '--out', 'plan.json'], 0)
  const broken = await firstByRank()

  say(`Now a night as they are: ${broken} will not get its registrar back after its upgrade.`)
  await lab.fault('registrar-does-not-recover', broken)
  await dcosctl(['upgrade', 'plan.json', '--confirm', clusterName], 20)
  say(
    `The run has paused before another master went down. The demo mends ${broken} and types what it was told to type.`,
  )
  await lab.fault('registrar-does-not-recover', broken, 'off')
  await dcosctl(['run', 'resume'], 0)

  await dcosctl(['status'], 0)
  say('What the version file on each node says:')
  for (const { name } of nodes) {
    const { stdout } = await lab.node(name).exec('cat /opt/mesosphere/etc/dcos-version.json')
    const version = /"version": *"([^"]+)"/.exec(stdout)?.[1]
    console.log(`  ${name}  ${version}`)
    if (version !== newestVersion) throw new Error(`${name} runs ${version}, not ${newestVersion}`)
  }
}

/** How to go on in a lab that stays up. */
function hint({ description: { s3 } }: Lab): string {
  const environment = [
    `DCOSCTL_CONFIG=${configOf()}`,
    `XDG_STATE_HOME=${join(folder, 'state')}`,
    `AWS_ACCESS_KEY_ID=${s3?.accessKey} AWS_SECRET_ACCESS_KEY=${s3?.secretKey}`,
  ]
  return `The lab stays up. Go on in it:

  export ${environment.join(' \\\n    ')}
  npm run lab -- exec -- bin/dcosctl status

End it:  npm run lab -- down`
}

/** The master that goes first: what the plan that was just saved says. */
async function firstByRank(): Promise<string> {
  const plan = await readPlanFile(join(folder, 'plan.json'))
  for (const part of plan.stages.flatMap(({ parts }) => parts)) {
    const first = part.kind === 'rolling' ? part.lanes[0] : undefined
    if (first) return first.node
  }
  throw new Error('the plan names no master')
}

/** Prints the command, runs it in the operator's place with this terminal, and insists on its exit status. */
async function run(lab: Lab, argv: readonly string[], environment: NodeJS.ProcessEnv, expected: number): Promise<void> {
  console.log(`\n\u001b[1m$ ${argv.join(' ').replaceAll(`${root}/`, '')}\u001b[0m`)
  const child = lab.spawn([...argv], { cwd: folder, env: environment, stdio: 'inherit' })
  const [exit] = await once(child, 'exit')
  if (exit !== 0) console.log(`(exit ${exit})`)
  if (exit !== expected) throw new Error(`${argv.join(' ')} ended with ${exit}, expected ${expected}`)
}

/** The services of a cluster that was just switched on need some seconds to find each other. */
async function untilWell(lab: Lab, environment: NodeJS.ProcessEnv): Promise<void> {
  const deadline = performance.now() + 120_000
  for (;;) {
    const { exit, stdout } = await lab.exec(['dcosctl', 'check'], { env: environment, cwd: folder })
    if (exit === 0) return
    if (performance.now() > deadline) throw new Error(`the lab's cluster does not get well:\n${stdout}`)
    await wait(500)
  }
}

function say(text: string): void {
  console.log(`\n${text}`)
}

const began = performance.now()
await demo(process.argv.includes('--keep'))
say(`Done in ${Math.round((performance.now() - began) / 1000)} s.`)
