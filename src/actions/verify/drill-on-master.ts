// Runs a drill's scratch ZooKeeper on a master, with that master's own java and jars: in a folder of its own, as an unprivileged user, at the lowest priority.
// The master's data is never opened. The folder goes with the drill, and by a timer where nobody ends it.
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { DcosctlError } from '../../errors.ts'
import { sayBytes } from '../../output/bytes.ts'
import { armBringBack, disarmBringBack } from '../../ssh/bring-back-timer.ts'
import { ScriptFailed } from '../../ssh/errors.ts'
import type { Host } from '../../ssh/host.ts'
import { type FoundServer, findServerScript, parseFound } from '../../zookeeper/drill/find-server.ts'
import {
  configName,
  configText,
  heapFor,
  javaOptions,
  logName,
  mainClass,
  roomFor,
  type ScratchServer,
  type StartOrder,
} from '../../zookeeper/drill/scratch-server.ts'
import type { Spooled } from '../../zookeeper/files/spool.ts'
import type { DrillPlace } from './drill.ts'

const within = 60_000
const chunkBytes = 4 * 1024 * 1024
/** What a master keeps for itself: bytes of disk, megabytes of memory beside the heap. */
const diskLeft = 1024 * 1024 * 1024
const memoryLeftMb = 512

/** Who logs in, who is asked to run the server, and what there is of room: a line each. */
const lookScript = `set -eu
df -Pk /var/tmp | awk 'NR == 2 { print $4 }'
awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo`

/** $1 user. /var/tmp is on a disk, and systemd-tmpfiles empties it in the end, whatever happens. */
const folderScript = `set -eu
umask 077
folder=$(mktemp -d /var/tmp/dcosctl-drill.XXXXXXXX)
for part in snapshot transactions; do mkdir -p "$folder/$part/version-2"; done
chown -R "$1" "$folder"
echo "$folder"`

/** $1 file, $2 bytes that it had before; what to append on stdin. Prints its size. */
const appendScript = `set -eu
umask 077
[ "$2" -gt 0 ] || : >"$1"
[ "$(wc -c <"$1")" -eq "$2" ] || { echo "$1 has not $2 bytes" >&2; exit 1; }
cat >>"$1"
wc -c <"$1"`

/**
 * $1 unit, $2 user, $3 folder, $4 seconds after which it ends by itself, then the command. The kernel takes this process first where
 * memory runs out; timeout(1) ends it where nobody else does.
 */
const startScript = `set -eu
unit=$1 user=$2 folder=$3 seconds=$4
shift 4
chown -R "$user" "$folder"
run='folder=$1; seconds=$2; shift 2
echo 1000 >/proc/self/oom_score_adj 2>/dev/null
trap "rm -rf -- \\"$folder\\"/*; exit 143" TERM INT HUP
idle=$(command -v ionice >/dev/null && echo ionice -c 3)
timeout "$seconds" nice -n 19 $idle "$@" </dev/null >"$folder/${logName}" 2>&1
[ $? -ne 124 ] || rm -rf -- "$folder"/*'
systemd-run --quiet --unit="$unit" --uid="$user" /bin/sh -c "$run" dcosctl-drill "$folder" "$seconds" "$@" >&2`

/** $1 unit, $2 folder. */
const endedScript = `case $(systemctl show -p ActiveState "$1.service") in
  ActiveState=active|ActiveState=activating|ActiveState=deactivating) exit 0;;
esac
echo ended
tail -n 40 "$2/${logName}" 2>/dev/null || true`

/** $1 unit, $2 folder. */
const stopScript = `systemctl stop "$1.service" 2>/dev/null
systemctl reset-failed "$1.service" 2>/dev/null
rm -rf -- "$2"`

export interface OnMaster extends DrillPlace {
  /** Takes everything of it away. */
  close(): Promise<void>
}

/**
 * Sends the files there. @throws DcosctlError REFUSED where the master has too little memory or disk, or no ZooKeeper to start
 */
export async function drillOnMaster(
  host: Host,
  files: Spooled,
  home: string | undefined,
  progress: (bytes: number) => void,
): Promise<OnMaster> {
  const found = await findServerOn(host, home)
  await seeThatThereIsRoom(host, files)
  const user = await unprivilegedUser(host)
  const id = randomBytes(4).toString('hex')
  const name = { run: `verify-${id}`, part: 'drill' }
  const unit = `dcosctl-drill-${id}`
  const seconds = 1800 + Math.ceil(files.bytes / 100_000)
  const folder = (await did(host, folderScript, [user])).trim()
  const stop = async () => void (await did(host, stopScript, [unit, folder]))
  const close = async () => {
    await stop()
    await disarmBringBack(host, name)
    await did(host, 'rm -rf -- "/var/lib/dcosctl/$1"', [name.run])
  }
  try {
    const script = `set -- ${unit} ${folder}\n${stopScript}`
    await armBringBack(host, { ...name, script, seconds: seconds + 60 })
    for (const file of files.names) await send(host, join(files.folder, file), `${folder}/${file}`, progress)
  } catch (error) {
    await close()
    throw error
  }
  return {
    says: `on ${host.name}`,
    start: order => startOn(host, { ...found, ...order, folder, unit, user, seconds }),
    close,
  }
}

async function findServerOn(host: Host, home: string | undefined): Promise<FoundServer> {
  const { exit, stdout, stderr } = await host.run(findServerScript, { as: 'root', args: [home ?? ''], within })
  if (exit === 0) return parseFound(stdout)
  throw new DcosctlError('REFUSED', {
    what: `No scratch ZooKeeper can be started on ${host.name}: ${stderr.trim()}.`,
    state: 'Nothing was written there.',
    next: ['say where it is:  --zookeeper-home DIR'],
  })
}

async function seeThatThereIsRoom(host: Host, files: Spooled): Promise<void> {
  const [disk = '', memory = ''] = (await did(host, lookScript, [])).split('\n')
  const refuse = (what: string) =>
    new DcosctlError('REFUSED', {
      what: `${host.name} has too little room for a drill: ${what}.`,
      state: 'Nothing was written there.',
      next: ['drill on this machine:  dcosctl backup verify --drill'],
    })
  const needs = roomFor(files) + diskLeft
  if (!(Number(disk) * 1024 >= needs))
    throw refuse(`${sayBytes(Number(disk) * 1024)} free in /var/tmp, wanted ${sayBytes(needs)}`)
  const heap = heapFor(files.snapshotBytes)
  if (!(Number(memory) >= heap + memoryLeftMb))
    throw refuse(`${memory} MiB of memory available, wanted ${heap + memoryLeftMb} MiB`)
}

/** Who logs in, as he may read everything with sudo anyway; nobody where that is root. */
async function unprivilegedUser(host: Host): Promise<string> {
  const { stdout } = await host.run('id -un', { as: 'login', within })
  const user = stdout.trim()
  return user === 'root' ? 'nobody' : user
}

/** A piece at a time: nothing large is held, and a line that breaks leaves a file that is not used. */
async function send(host: Host, from: string, to: string, progress: (bytes: number) => void): Promise<void> {
  let size = 0
  await did(host, appendScript, [to, '0'])
  for await (const piece of createReadStream(from, { highWaterMark: chunkBytes })) {
    if (!(piece instanceof Uint8Array)) throw new TypeError('a file is made of bytes')
    const said = await did(host, appendScript, [to, String(size)], piece)
    size += piece.length
    if (Number(said) !== size) throw new Error(`${to} on ${host.name} has ${said.trim()} bytes, wanted ${size}`)
    progress(piece.length)
  }
}

type Order = FoundServer &
  Omit<StartOrder, 'folder'> & {
    readonly folder: string
    readonly unit: string
    readonly user: string
    readonly seconds: number
  }

async function startOn(host: Host, order: Order): Promise<ScratchServer> {
  const { java, classPath, folder, unit, user, seconds, port } = order
  const config = `${folder}/${configName}`
  await host.put(config, Buffer.from(configText(order)), { as: 'root', mode: 0o600 })
  const command = [java, ...javaOptions(order), '-cp', classPath, mainClass, config]
  await did(host, startScript, [unit, user, folder, String(seconds), ...command])
  return {
    dial: () => host.connect(port, { within, loopback: true }),
    async hasEnded() {
      const [state, ...log] = (await did(host, endedScript, [unit, folder])).split('\n')
      return state === 'ended' ? log.join('\n') : undefined
    },
    // The folder goes with `close`.
    stop: async () => void (await did(host, 'systemctl stop "$1.service" 2>/dev/null; true', [unit])),
  }
}

async function did(host: Host, script: string, args: readonly string[], stdin?: Uint8Array): Promise<string> {
  const ran = await host.run(script, { as: 'root', args, within, ...(stdin ? { stdin } : {}) })
  if (ran.exit === 0) return ran.stdout
  throw new ScriptFailed(host.name, ran.exit, ran.stderr, 'a step of the drill')
}
