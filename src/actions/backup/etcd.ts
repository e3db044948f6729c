// etcd (Calico's network state), as the archive that DC/OS' own program makes; the snapshot in it carries its own digest.
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { decodedOnTheWay } from './decoded.ts'
import { idleWithin, type OpenSource } from './source.ts'

/**
 * dcos/dcos packages/etcd/extra/etcdctl/dcos_etcdctl.py: writes a file that must not exist yet, and says its steps on stdout.
 * The file is unlinked as soon as it is open for reading, so that whatever cuts the transfer off leaves nothing on the node;
 * the timer clears away what a killed script leaves before that.
 */
const script = `set -u
umask 077
mkdir -p /var/lib/dcosctl && chmod 700 /var/lib/dcosctl || exit 2
staging=$(mktemp -d /var/lib/dcosctl/etcd.XXXXXX) || exit 2
trap 'rm -rf "$staging"' EXIT
trap 'exit 143' HUP INT PIPE TERM
systemd-run --on-active=3600 --unit="dcosctl-\${staging##*/}" /bin/rm -rf "$staging" >&2
/opt/mesosphere/bin/dcos-shell dcos-etcdctl backup "$staging/etcd.tar.gz" >&2 || exit 3
exec 3<"$staging/etcd.tar.gz" || exit 3
rm -rf "$staging"
systemctl stop "dcosctl-\${staging##*/}.timer" >&2
cat <&3
`

export const etcd: OpenSource = async (world, { from }, signal) => {
  const host = await world.hosts.host(from)
  const { stdout } = await host.stream(script, { as: 'root', idleWithin, signal })
  const { plain, result } = decodedOnTheWay(stdout, readEtcdBackup)
  return { plain, content: () => ({ kind: 'etcd', from, ...result() }) }
}

const snapshotName = 'etcd_snapshot.db'
const digestBytes = 32
/** etcd-io/etcd clientv3/snapshot/v3_snapshot.go: the smallest sector that its pages are made of. */
const sector = 512

interface EtcdBackup {
  readonly snapshotBytes: number
}

/** @throws Error where the archive is cut off, has no snapshot, or the snapshot is not what its own digest says. */
export async function readEtcdBackup(stream: Readable): Promise<EtcdBackup> {
  let seen: EtcdBackup | undefined
  const archive = extract()
  const fed = pipeline(stream, createGunzip(), archive)
  fed.catch(() => {}) // It destroys the archive, whose reader gets the error; awaited below.
  for await (const entry of archive) {
    if (entry.header.name !== snapshotName) entry.resume()
    else seen = await readSnapshot(entry)
  }
  await fed
  if (!seen) throw new Error(`the archive of etcd has no ${snapshotName}`)
  return seen
}

/** etcd appends the SHA-256 of a snapshot to it. */
async function readSnapshot(entry: AsyncIterable<unknown>): Promise<EtcdBackup> {
  const hash = createHash('sha256')
  let held = Buffer.alloc(0)
  let bytes = 0
  for await (const chunk of entry) {
    if (!Buffer.isBuffer(chunk)) continue
    held = Buffer.concat([held, chunk])
    bytes += chunk.length
    const ready = held.subarray(0, Math.max(0, held.length - digestBytes))
    hash.update(ready)
    held = held.subarray(ready.length)
  }
  if (bytes === digestBytes || bytes % sector !== digestBytes)
    throw new Error(`the snapshot of etcd has ${bytes} bytes, which is not whole pages and a digest`)
  if (!hash.digest().equals(held)) throw new Error('the snapshot of etcd does not have the digest that it carries')
  return { snapshotBytes: bytes - digestBytes }
}
