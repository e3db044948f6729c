// Simulated bootstrap host: serves the node upgrade script and the packages it fetches, as `genconf/serve` does.
// Started with LAB_BOOTSTRAP={"version": installed version, "masters": count, "bootstrapUrl": own URL, "target"?: version}.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Answer, plain, serve } from './http.ts'
import { imageCommit, type Package, packagesOf } from './packages.ts'
import { newestVersion, upgradeScriptPath } from './upgrade-script-path.ts'

const spec: { version: string; masters: number; bootstrapUrl: string; target?: string } = JSON.parse(
  process.env.LAB_BOOTSTRAP ?? '{}',
)
const target = spec.target ?? newestVersion

async function upgradeScript(packages: readonly Package[]): Promise<string> {
  const template = await readFile(new URL('node-files/dcos_node_upgrade.sh', import.meta.url), 'utf8')
  const values: Readonly<Record<string, string>> = {
    dcos_image_commit: imageCommit(target),
    generation_date: new Date().toISOString(),
    bootstrap_url: spec.bootstrapUrl,
    cluster_packages: packages.map(({ id }) => id).join(' '),
    installed_cluster_version: spec.version,
    installer_version: target,
  }
  return template.replaceAll(/\{\{ (\w+) \}\}/g, (_, name: string) => values[name] ?? '')
}

/** One package as pkgpanda ships it: a .tar.xz of its folder. */
async function archive({ id, files }: Package, scratch: string): Promise<Buffer> {
  const folder = join(scratch, id)
  for (const { path, content, mode } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content, { mode })
  }
  return output('tar', ['-cJf', '-', '--owner=0', '--group=0', '-C', folder, '.'])
}

function output(command: string, args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', code =>
      code === 0 ? resolve(Buffer.concat(chunks)) : reject(new Error(`${command} exited with ${code}`)),
    )
  })
}

async function served(): Promise<ReadonlyMap<string, Buffer>> {
  const packages = await packagesOf(target, spec.masters)
  const scratch = await mkdtemp(join(tmpdir(), 'lab-bootstrap-'))
  try {
    const archives = await Promise.all(packages.map(found => archive(found, scratch)))
    return new Map([
      [upgradeScriptPath(spec.version, target), Buffer.from(await upgradeScript(packages))],
      ...packages.map(({ name, id }, index): [string, Buffer] => [
        `/packages/${name}/${id}.tar.xz`,
        archives[index] ?? Buffer.alloc(0),
      ]),
    ])
  } finally {
    await rm(scratch, { recursive: true })
  }
}

const files = await served()
const url = new URL(spec.bootstrapUrl)
await serve(url.hostname, Number(url.port === '' ? 80 : url.port), async ({ path }): Promise<Answer> => {
  const found = files.get(path)
  if (found === undefined) return plain(404, 'not found\n')
  return { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: found }
})
console.log(`Node upgrade script URL: ${spec.bootstrapUrl}${upgradeScriptPath(spec.version, target)}`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
