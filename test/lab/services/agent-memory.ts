// What a simulated agent keeps on disk: its id and its tasks, where a real one has them. The files are JSON, not protobuf.
// Layout: apache/mesos src/slave/paths.hpp (meta/slaves/latest is a link, meta/boot_id tells a restart from a reboot).
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import type { Task } from './mesos-model.ts'

export class AgentMemory {
  readonly #meta: string

  constructor(workFolder: string) {
    this.#meta = join(workFolder, 'meta')
    mkdirSync(join(this.#meta, 'slaves'), { recursive: true })
  }

  /** The id under which the agent registered last; '' for an agent that never did. */
  get id(): string {
    const latest = join(this.#meta, 'slaves', 'latest')
    return existsSync(latest) ? basename(readlinkSync(latest)) : ''
  }

  remember(id: string): void {
    if (this.id === id) return
    const folder = join(this.#meta, 'slaves', id)
    const latest = join(this.#meta, 'slaves', 'latest')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'slave.info'), JSON.stringify({ id: { value: id } }))
    rmSync(latest, { force: true })
    symlinkSync(folder, latest)
  }

  /** The tasks of before the restart; none after a reboot, which kills them. */
  recover(): readonly Task[] {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const file = join(this.#meta, 'boot_id')
    const before = existsSync(file) ? readFileSync(file, 'utf8').trim() : bootId
    writeFileSync(file, `${bootId}\n`)
    const tasksFile = this.#tasksFile()
    if (before !== bootId || !existsSync(tasksFile)) return []
    const tasks: readonly Task[] = JSON.parse(readFileSync(tasksFile, 'utf8'))
    return tasks
  }

  keep(tasks: readonly Task[]): void {
    const file = this.#tasksFile()
    writeFileSync(`${file}.new`, JSON.stringify(tasks))
    renameSync(`${file}.new`, file)
  }

  #tasksFile(): string {
    return join(this.#meta, 'slaves', this.id, 'tasks.json')
  }
}
