// The bootstrap server of the simulated DC/OS, run beside the nodes on an address of its own.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './deadline.ts'
import { accepts } from './network.ts'
import { bootstrapCommand } from './services/install.ts'
import { servicesAddress } from './topology.ts'

const startSeconds = 30

interface BootstrapHost {
  /** `running`, or how it ended. */
  readonly state: string
}

/** Ends once the server takes connections. Throws, with its last words, where it ends first or takes too long. */
export async function startBootstrap(
  cluster: Parameters<typeof bootstrapCommand>[0],
  logs: string,
): Promise<BootstrapHost> {
  const { argv, env } = bootstrapCommand(cluster)
  const [file, ...args] = argv
  if (file === undefined) throw new Error('The bootstrap server has no command.')
  const logFile = join(logs, 'bootstrap.log')
  const log = openSync(logFile, 'w')
  const server = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', log, log] })
  closeSync(log)
  const host = { state: 'running' }
  server.once('error', error => {
    host.state = `could not be started: ${error.message}`
  })
  server.once('exit', (code, signal) => {
    host.state = `ended (${signal ?? `exit ${code}`}); its words: ${logFile}`
  })
  await until(`the bootstrap server takes connections; its words: ${logFile}`, startSeconds, () => {
    if (host.state !== 'running')
      throw new Error(`The bootstrap server ${host.state}\n${readFileSync(logFile, 'utf8')}`)
    return accepts(servicesAddress, 80)
  })
  return host
}
