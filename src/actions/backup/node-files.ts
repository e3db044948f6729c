// What a master keeps in files beside ZooKeeper and Mesos: identity, roles, overrides, certificates, rendered configuration.
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { decodedOnTheWay } from './decoded.ts'
import { idleWithin, type OpenSource } from './source.ts'

/** dcos/dcos and the DC/OS documentation: what an operator has to have to build the same master again. */
const paths = [
  'etc/mesosphere',
  'opt/mesosphere/etc/user.config.yaml',
  'opt/mesosphere/etc/user.config.full.yaml',
  'opt/mesosphere/etc/expanded.config.json',
  'opt/mesosphere/etc/dcos-version.json',
  'opt/mesosphere/active.buildinfo.full.json',
  'var/lib/dcos/cluster-id',
  'var/lib/dcos/exhibitor-tls-artifacts',
  'var/lib/dcos/pki',
  'var/lib/dcos/secrets',
  'var/lib/dcos/mesos-slave-common',
  'var/lib/dcos/mesos-resources',
  'var/lib/dcos/marathon/environment',
] as const

/** Exit 1 of tar: a file changed while it was read; these are small and written whole. */
const script = `set -uf
cd / || exit 2
for path in ${paths.join(' ')}; do
  [ -e "$path" ] && set -- "$@" "./$path"
done
# What a link leads to is what a restore needs: /opt/mesosphere/etc is made of links into packages. Links that lead nowhere are left out.
[ $# -gt 0 ] || { echo 'none of the files of a master is there' >&2; exit 2; }
IFS='
'
for link in $(find -L "$@" -type l 2>/dev/null); do set -- "--exclude=$link" "$@"; done
tar -h -cf - "$@" || [ $? -eq 1 ]
`

export const nodeFiles: OpenSource = async (world, { from }, signal) => {
  const host = await world.hosts.host(from)
  const { stdout } = await host.stream(script, { as: 'root', idleWithin, signal })
  const { plain, result } = decodedOnTheWay(stdout, async copy => {
    const { files, clusterId } = await readNodeFiles(copy)
    if (clusterId === world.file.cluster.id) return files
    throw new Error(`the files of ${from} are of cluster ${clusterId ?? 'unknown'}, not of ${world.file.cluster.id}`)
  })
  return { plain, content: () => ({ kind: 'node-files', from, files: result() }) }
}

interface Found {
  readonly files: number
  readonly clusterId: string | undefined
}

/** @throws Error where the archive is damaged, cut off, or the stream itself fails. */
export async function readNodeFiles(stream: Readable): Promise<Found> {
  let files = 0
  let clusterId: string | undefined
  const archive = extract()
  const fed = pipeline(stream, archive)
  fed.catch(() => {}) // It destroys the archive, whose reader gets the error; awaited below.
  for await (const entry of archive) {
    const bytes: Buffer[] = []
    for await (const chunk of entry) if (Buffer.isBuffer(chunk)) bytes.push(chunk)
    if (entry.header.type === 'file') files++
    if (entry.header.type === 'symlink') throw new Error(`${entry.header.name} is a link, not what it leads to`)
    if (entry.header.name === './var/lib/dcos/cluster-id') clusterId = Buffer.concat(bytes).toString('utf8').trim()
  }
  await fed
  return { files, clusterId }
}
