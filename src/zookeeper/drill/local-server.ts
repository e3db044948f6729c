// Starts a scratch ZooKeeper on this machine: it ends with this process, however that ends.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type FoundServer, findServerScript, parseFound } from './find-server.ts'
import {
  configName,
  configText,
  javaOptions,
  logName,
  mainClass,
  type ScratchServer,
  type StartOrder,
} from './scratch-server.ts'

/** @throws Error saying what is not there */
export async function findServerHere(home: string | undefined): Promise<FoundServer> {
  const ran = promisify(execFile)('/bin/sh', ['-c', findServerScript, 'find-server', home ?? ''])
  const { stdout } = await ran.catch((error: Error & { readonly stderr?: string }) => {
    throw new Error(error.stderr?.trim() || error.message)
  })
  return parseFound(stdout)
}

/** $1 folder, then the command. Our stdin ends with whoever started us, even where that process is killed; then the server ends too. */
const guard = `
folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- >"$folder/${logName}" 2>&1 &
server=$!
{ cat <&3 >/dev/null; [ -e "$folder/ended" ] || kill "$server" 2>/dev/null; } &
exec 3<&-
wait "$server"
echo "$?" >"$folder/ended"
wait`

export async function startHere({ java, classPath }: FoundServer, order: StartOrder): Promise<ScratchServer> {
  const { folder, port } = order
  const config = join(folder, configName)
  await writeFile(config, configText(order), { mode: 0o600 })
  await rm(join(folder, 'ended'), { force: true })
  const command = ['nice', '-n', '10', java, ...javaOptions(order), '-cp', classPath, mainClass, config]
  const guarded = spawn('/bin/sh', ['-c', guard, 'dcosctl-drill', folder, ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // Ctrl-C is for us: we end it
  })
  const gone = once(guarded, 'exit')
  gone.catch(() => {}) // that it could not be started shows in `hasEnded`
  return {
    async dial() {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    },
    async hasEnded() {
      if (guarded.exitCode === null && !(await textOf(join(folder, 'ended')))) return undefined
      return (await textOf(join(folder, logName))) ?? ''
    },
    async stop() {
      guarded.stdin.end()
      await gone
    },
  }
}

const textOf = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined // not there yet
  }
}
