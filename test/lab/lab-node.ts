// One host of the lab: an overlay of the image, booted with real systemd in systemd-nspawn, and its power switch.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isFrozen, makeCgroup, processesIn, setFrozen } from './cgroups.ts'
import { command, type Ended, exitStatus, killQuietly, must } from './command.ts'
import { until } from './deadline.ts'
import { compileCache } from './image.ts'
import { plugIn, setCable, setOperatorsLine, sshGreets, unplug } from './network.ts'
import { type NodeFile, writeNodeFiles } from './node-files.ts'
import { type LabPaths, repository } from './paths.ts'
import { compileCacheOfNode } from './services/units.ts'
import type { NodeSpec } from './topology.ts'

/** With --keep-unit nspawn leaves a reboot to its caller and says so by this exit status (systemd, src/nspawn/nspawn.c). */
const wantsReboot = 133
const bootSeconds = 60
const dieSeconds = 15
/** Faults that a start of the node ends by itself. */
const endedByBoot = ['power-cut', 'freeze', 'zookeeper-frozen', 'disk-full']
const withoutSsh = ['cut', 'operator-cut', 'refuse-ssh']

export class LabNode {
  readonly spec: NodeSpec
  readonly faults = new Set<string>()
  /** The node's root directory as the supervisor sees it; whole also while the node is off. */
  readonly root: string
  boots = 0
  readonly #directory: string
  readonly #console: string
  readonly #cgroup: string
  #container: ChildProcess | undefined
  #comesBack = false

  constructor(spec: NodeSpec, paths: LabPaths) {
    this.spec = spec
    this.#directory = join(paths.nodes, spec.name)
    this.root = join(this.#directory, 'root')
    this.#console = join(paths.logs, `${spec.name}.console.log`)
    this.#cgroup = makeCgroup(paths.cgroup, spec.name)
  }

  get #payload(): string {
    return join(this.#cgroup, 'payload')
  }

  get power(): 'on' | 'off' {
    return this.#container === undefined ? 'off' : 'on'
  }

  plugIn(): Promise<void> {
    return plugIn(this.spec.name, this.spec.address)
  }

  /** A disk as new over the image, with these files on it. */
  async makeDisk(image: string, files: readonly NodeFile[]): Promise<void> {
    const [upper, work] = [join(this.#directory, 'upper'), join(this.#directory, 'work')]
    for (const directory of [upper, work, this.root]) mkdirSync(directory, { recursive: true })
    const layers = `lowerdir=${image},upperdir=${upper},workdir=${work}`
    await must(['mount', '-t', 'overlay', 'overlay', '-o', layers, this.root], { seconds: 20 })
    await writeNodeFiles(this.root, files)
  }

  /** Off, and with a network and a disk as if it had never run; the files are not on it yet (`makeDisk`). */
  async strip(): Promise<void> {
    await this.cutPower()
    if (this.faults.has('operator-cut')) await setOperatorsLine(this.spec.address, 'whole')
    await unplug(this.spec.name)
    await must(['umount', this.root], { seconds: 20 })
    rmSync(this.#directory, { recursive: true, force: true })
    this.faults.clear()
  }

  /** Switches the node on; it is at work once `sshAnswers`. */
  boot(): void {
    if (this.#container) return
    this.boots += 1
    for (const fault of endedByBoot) this.faults.delete(fault)
    this.#setFrozen(false)
    const console = openSync(this.#console, 'a')
    const container = spawn('sh', ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', this.#cgroup, ...this.#nspawn()], {
      stdio: ['ignore', console, console],
    })
    closeSync(console)
    this.#container = container
    this.#comesBack = true
    container.once('exit', (code, signal) => {
      this.#container = undefined
      if (exitStatus(code, signal) === wantsReboot && this.#comesBack) this.boot()
    })
  }

  #nspawn(): readonly string[] {
    const { name } = this.spec
    return [
      ...['systemd-nspawn', '--quiet', '--register=no', '--keep-unit', `--directory=${this.root}`, '--boot'],
      ...[`--machine=${name}`, `--hostname=${name}`, `--network-namespace-path=/run/netns/${name}`],
      ...['--resolv-conf=off', '--timezone=off', '--link-journal=no', '--console=read-only'],
      '--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_PTRACE',
      `--bind-ro=${join(repository, 'node_modules/node/bin/node')}:/opt/lab/bin/node`,
      `--bind=${compileCache}:${compileCacheOfNode}`,
      // Not its mounts: under the repository lie, by default, the mounted disks of all nodes.
      `--bind-ro=${repository}:/opt/lab/repo:norbind`,
    ]
  }

  async sshAnswers(): Promise<void> {
    const { name, address } = this.spec
    await until(`ssh answers on ${name} (${address}); its console: ${this.#console}`, bootSeconds, () =>
      sshGreets(address),
    )
  }

  /** Nobody waits for ssh where a fault is there to prevent it. */
  async #sshAnswersUnlessBroken(): Promise<void> {
    if (!withoutSsh.some(fault => this.faults.has(fault))) await this.sshAnswers()
  }

  /**
   * Network first, so that no peer hears of it (a killed process alone closes its connections properly). Then all of it stands still before it is
   * killed: else those that die a little later see the others dead, and write down what no machine that loses its power could.
   */
  async cutPower(): Promise<void> {
    await setCable(this.spec.name, 'down')
    const container = this.#container
    if (!container) return
    // A node that was told to reboot this very moment must not come back.
    this.#comesBack = false
    this.#setFrozen(true)
    await until(`${this.spec.name} stands still`, dieSeconds, () => isFrozen(this.#payload), 5)
    for (const pid of [this.#init(), container.pid]) if (pid !== undefined) killQuietly(pid)
    await until(`${this.spec.name} is off`, dieSeconds, () => this.#container === undefined)
    await until(`no process of ${this.spec.name} is left`, dieSeconds, () => this.processes().length === 0)
  }

  /** The cable stays pulled where the fault `cut` is on, too. */
  async restorePower(): Promise<void> {
    if (!this.faults.has('cut')) await setCable(this.spec.name, 'up')
    this.boot()
    await this.#sshAnswersUnlessBroken()
  }

  /** Inside and ordered, as `sudo reboot` would; ends when ssh answers in the new boot. */
  async reboot(): Promise<void> {
    const before = this.boots
    await this.run('systemctl reboot', { seconds: 20 })
    await until(`${this.spec.name} starts again`, bootSeconds, () => this.boots > before)
    await this.#sshAnswersUnlessBroken()
  }

  freeze(): void {
    if (this.power === 'off') throw new Error(`${this.spec.name} is off: it can't be frozen.`)
    this.#setFrozen(true)
  }

  thaw(): void {
    this.#setFrozen(false)
  }

  #setFrozen(frozen: boolean): void {
    if (existsSync(this.#payload)) setFrozen(this.#payload, frozen)
  }

  /** Pids, as the supervisor counts, of everything that runs in the node. */
  processes(): readonly number[] {
    return processesIn(this.#payload)
  }

  /** A shell script as root inside the node, without ssh. Throws where the node is off or the script takes too long. */
  run(script: string, { input, seconds }: { input?: string | undefined; seconds: number }): Promise<Ended> {
    const init = this.#init()
    if (init === undefined) throw new Error(`${this.spec.name} is off: nothing can run in it.`)
    const enter = ['-t', String(init), '-m', '-p', '-n', '-u', '-i', '-C', '-r', '-w']
    return command(['nsenter', ...enter, '/bin/sh', '-c', script], {
      seconds,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' },
      ...(input !== undefined && { input }),
    })
  }

  /** The node's process 1, once there is one. */
  #init(): number | undefined {
    if (!this.#container) return undefined
    return processesIn(join(this.#payload, 'init.scope'))[0]
  }
}

/** The command name of a process, or undefined when it is gone. */
export function nameOfProcess(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined
    throw error
  }
}
