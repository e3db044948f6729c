// The pkgpanda packages of a simulated DC/OS version: what is in them, and their ids.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { componentsOf } from './node-config.ts'
import { unitFile } from './units.ts'

type PackageFile = { readonly path: string; readonly content: string; readonly mode: number }
export type Package = { readonly name: string; readonly id: string; readonly files: readonly PackageFile[] }

type Contents = { readonly name: string; readonly files: readonly PackageFile[] }

const script = async (path: string, source: string): Promise<PackageFile> => ({
  path,
  content: await readFile(new URL(`node-files/${source}`, import.meta.url), 'utf8'),
  mode: 0o755,
})
const data = (path: string, content: string): PackageFile => ({ path, content, mode: 0o644 })
const unit = (folder: string, name: string): PackageFile => data(`${folder}/${name}.service`, unitFile(name))

const ofMaster = 'dcos.target.wants_master'
const ofSlave = 'dcos.target.wants_slave'

async function contents(version: string, masters: number): Promise<readonly Contents[]> {
  const { mesos, marathon } = componentsOf(version)
  const bootstrapId = createHash('sha1').update(`bootstrap ${version}`).digest('hex')
  // "version" stands on its own line, in quotes: vendor scripts read it with grep and cut
  const versionFile = {
    version,
    'dcos-image-commit': imageCommit(version),
    'bootstrap-id': bootstrapId,
    'dcos-variant': 'open',
  }
  return [
    { name: 'dcos-metadata', files: [data('etc/dcos-version.json', `${JSON.stringify(versionFile, null, 2)}\n`)] },
    {
      name: 'mesos',
      files: [
        await script('bin/mesos-master', 'mesos-master.sh'),
        data('etc/mesos-version', `${mesos}\n`),
        unit(ofMaster, 'dcos-mesos-master'),
        unit(ofSlave, 'dcos-mesos-slave'),
      ],
    },
    {
      name: 'exhibitor',
      files: [
        await script('bin/dcos-zk', 'dcos-zk.sh'),
        data('etc/zookeeper-version', '3.4.14\n'),
        unit(ofMaster, 'dcos-exhibitor'),
      ],
    },
    { name: 'marathon', files: [data('etc/marathon-version', `${marathon}\n`), unit(ofMaster, 'dcos-marathon')] },
    { name: 'metronome', files: [unit(ofMaster, 'dcos-metronome')] },
    ...(isSince(version, 1, 13)
      ? [{ name: 'cockroach', files: [await script('bin/iam-database-backup', 'iam-database-backup.sh')] }]
      : []),
    ...(isSince(version, 2, 1) ? [{ name: 'etcd', files: [await script('bin/dcos-etcdctl', 'dcos-etcdctl.sh')] }] : []),
    { name: 'dcos-check-runner', files: [await script('bin/dcos-check-runner', 'dcos-check-runner.sh')] },
    { name: 'pkgpanda', files: [await script('bin/pkgpanda', 'pkgpanda.sh')] },
    {
      name: 'dcos-config',
      files: [
        await script('bin/dcos-shell', 'dcos-shell.sh'),
        await script('bin/detect_ip', 'detect_ip.sh'),
        data('etc/master_count', `${masters}\n`),
        data(
          'etc/user.config.yaml',
          `cluster_name: lab\nexhibitor_storage_backend: static\nmaster_discovery: static\n`,
        ),
      ],
    },
  ]
}

/** The IAM database came to DC/OS OSS with 1.13, etcd with 2.1 (dcos/dcos packages/). */
function isSince(version: string, major: number, minor: number): boolean {
  const [ofMajor = 0, ofMinor = 0] = version.split('.').map(Number)
  return ofMajor > major || (ofMajor === major && ofMinor >= minor)
}

export const imageCommit = (version: string): string => createHash('sha1').update(`commit ${version}`).digest('hex')

/** Every package of that version. The same arguments give the same ids, wherever they are asked. */
export async function packagesOf(version: string, masters: number): Promise<readonly Package[]> {
  return (await contents(version, masters)).map(({ name, files }) => {
    const info = data('pkginfo.json', `${JSON.stringify({ environment: {}, simulated: true })}\n`)
    const all = [...files, info]
    // packages whose content comes from the cluster's configuration are named so by DC/OS
    const prefix = name === 'dcos-config' || name === 'dcos-metadata' ? 'setup_' : ''
    const digest = createHash('sha1').update(version).update(JSON.stringify(all)).digest('hex')
    return { name, id: `${name}--${prefix}${digest}`, files: all }
  })
}
