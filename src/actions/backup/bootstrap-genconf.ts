// genconf of the bootstrap host: what an installer needs to make the same cluster again.
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { decodedOnTheWay } from './decoded.ts'
import { idleWithin, type OpenSource } from './source.ts'

/** `$1`: the folder; `$2`: `serve` to include what the installer made. Exit 1 of tar: a file changed while it was read. */
const script = `set -uf
cd "$1" || exit 2
[ "$2" = serve ] && set -- . || set -- --exclude=./serve .
# Links that lead nowhere are left out; of others comes what they lead to.
IFS='
'
for link in $(find -L . -type l 2>/dev/null); do set -- "--exclude=$link" "$@"; done
tar -h -cf - "$@" || [ $? -eq 1 ]
`

export const bootstrapGenconf: OpenSource = async (world, { from }, signal) => {
  const { bootstrap } = world.file
  if (!bootstrap) throw new Error('the cluster file names no bootstrap host any more')
  const { genconf, serve } = bootstrap
  const host = await world.hosts.host(from)
  const args = [genconf, serve ? 'serve' : '']
  const { stdout } = await host.stream(script, { as: 'root', args, idleWithin, signal })
  const { plain, result } = decodedOnTheWay(stdout, readGenconfArchive)
  return { plain, content: () => ({ kind: 'bootstrap-genconf', from, path: genconf, serve, files: result() }) }
}

/** How many files there are. @throws Error where the archive is damaged, cut off, or has no config.yaml. */
export async function readGenconfArchive(stream: Readable): Promise<number> {
  let files = 0
  let config = false
  const archive = extract()
  const fed = pipeline(stream, archive)
  fed.catch(() => {}) // It destroys the archive, whose reader gets the error; awaited below.
  for await (const entry of archive) {
    if (entry.header.type === 'file') files++
    if (entry.header.name === './config.yaml') config = true
    entry.resume()
  }
  await fed
  if (!config) throw new Error('there is no config.yaml in it')
  return files
}
