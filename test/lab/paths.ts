// Where a lab keeps what belongs to it: everything is under its one directory, but its cgroup.
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'

export const repository = resolve(import.meta.dirname, '../..')
export const defaultDirectory = join(repository, '.lab')

/** The kernel refuses longer paths of unix sockets (sun_path in unix(7)). */
const longestSocket = 107

export type LabPaths = ReturnType<typeof labPaths>

/** Throws where the directory's name can't serve: too long for a socket, or with characters that overlayfs gives a meaning. */
export function labPaths(directory: string) {
  const root = resolve(directory)
  const socket = join(root, 'supervisor.sock')
  if (Buffer.byteLength(socket) > longestSocket)
    throw new Error(
      `The lab's directory has too long a name for a socket in it: ${root}. Take a shorter one with --dir.`,
    )
  if (/[:,\\]/.test(root))
    throw new Error(`The lab's directory must have no colon, comma or backslash in its name: ${root}`)
  const id = createHash('sha256').update(root).digest('hex').slice(0, 8)
  return {
    root,
    socket,
    /** Written first, by the outermost process: its pid, as this machine counts. */
    pid: join(root, 'pid'),
    /** Pid of the `up` that is at work in the directory. */
    starting: join(root, 'starting'),
    spec: join(root, 'spec.json'),
    description: join(root, 'lab.json'),
    knownHosts: join(root, 'known_hosts'),
    keys: join(root, 'keys'),
    identity: join(root, 'keys/operator'),
    logs: join(root, 'logs'),
    nodes: join(root, 'nodes'),
    s3: join(root, 's3'),
    /** Name of the lab's directory at the top of the cgroup v2 hierarchy. */
    cgroup: `dcosctl-lab-${id}`,
  }
}
