// What `backup verify` says of a backup to which something happened: every object that is not as it was written is named, with exit 3.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { decodeObject } from '../../src/actions/backup/decode-object.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { parseManifest } from '../../src/store/manifest.ts'
import { verifyBackup } from '../../src/store/verify-backup.ts'
import { type Lab, labUnavailable, labUp } from '../lab/lab.ts'
import { expectNoStackTrace } from './ending.ts'
import { type Operator, operatorOf, untilWell } from './operator.ts'

const why = labUnavailable({ s3: false })
const name = 'a backup that was damaged'
const unwell = 3

describe.skipIf(why !== undefined)(why ? `${name} (not here: ${why})` : name, () => {
  let root = ''
  let lab: Lab
  let operator: Operator
  let backup = ''
  let objects: readonly string[] = []
  let copies = 0

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dcosctl-damage-'))
    await mkdir(join(root, 'store'))
    lab = await labUp({ dir: join(root, 'lab'), masters: 1, agents: 1, s3: false })
    operator = operatorOf(lab, { file: { store: { directory: join(root, 'store') } } })
    await untilWell(operator)
    expect(await operator.dcosctl(['backup'])).toEqual({ exit: 0, stdout: '', stderr: '' })
    backup = (await readdir(join(root, 'store', 'lab')))[0] ?? ''
    const manifest = parseManifest(await readFile(join(root, 'store', 'lab', backup, 'manifest.json')))
    objects = manifest.objects.map(({ name }) => name)
  })
  afterAll(async () => {
    await operator?.close()
    await lab?.down()
    await rm(root, { recursive: true, force: true })
  })

  /** The folder of the backup in a fresh copy of the store, which the cluster file names from now on. */
  async function copied(): Promise<string> {
    const store = join(root, `copy ${++copies}`)
    await cp(join(root, 'store'), store, { recursive: true })
    operator.writeFile({ store: { directory: store } })
    return join(store, 'lab', backup)
  }

  async function flip(file: string, position: number, bit = 1): Promise<void> {
    const bytes = await readFile(file)
    bytes[position] = (bytes[position] ?? 0) ^ bit
    await writeFile(file, bytes)
  }

  /** Object and fault of everything that `backup verify` names; holds it to exit 3 and to telling the same to people. */
  async function found(): Promise<Readonly<Record<string, string>>> {
    const json = await operator.dcosctl(['backup', 'verify', backup, '--json'])
    const { findings } = verification.parse(JSON.parse(json.stdout))
    const told = await operator.dcosctl(['backup', 'verify'])
    for (const { object } of findings) {
      expect(told.stderr).toContain(object)
      expect(told.stdout).toContain(object.slice(0, 28))
    }
    expect([json.exit, told.exit]).toEqual([unwell, unwell])
    expectNoStackTrace(told.stderr)
    return Object.fromEntries(findings.map(({ object, fault }) => [object, fault]))
  }

  test('a whole one is well, and a copy of it too', async () => {
    await copied()
    expect(await operator.dcosctl(['backup', 'verify'])).toMatchObject({ exit: 0, stderr: '' })
  })

  test('flipped, missing, truncated, lengthened and surplus objects are all named at once', async () => {
    const folder = await copied()
    const at = (object: string) => join(folder, object)
    await flip(at('zookeeper/files.tar.zst'), 1000)
    await flip(at('mesos/state.json.zst'), 0)
    await flip(at('nodes/m1.tar.zst'), (await stat(at('nodes/m1.tar.zst'))).size - 1)
    await rm(at('mesos/registry.json.zst'))
    await truncate(at('replicated-log/m1.tar.zst'), (await stat(at('replicated-log/m1.tar.zst'))).size - 1)
    await truncate(at('marathon/info.json.zst'), 0)
    await writeFile(
      at('marathon/groups.json.zst'),
      Buffer.concat([await readFile(at('marathon/groups.json.zst')), Buffer.from('x')]),
    )
    await writeFile(at('mesos/more.json.zst'), 'nobody knows me')

    expect(await found()).toEqual({
      'marathon/groups.json.zst': 'flipped',
      'marathon/info.json.zst': 'truncated',
      'mesos/more.json.zst': 'surplus',
      'mesos/registry.json.zst': 'missing',
      'mesos/state.json.zst': 'flipped',
      'nodes/m1.tar.zst': 'flipped',
      'replicated-log/m1.tar.zst': 'truncated',
      'zookeeper/files.tar.zst': 'flipped',
    })
  })

  test('two objects that changed places are both named', async () => {
    const folder = await copied()
    const [one, other] = [join(folder, 'mesos/flags.json.zst'), join(folder, 'marathon/info.json.zst')]
    const kept = await readFile(one)
    await writeFile(one, await readFile(other))
    await writeFile(other, kept)

    expect(Object.keys(await found())).toEqual(['marathon/info.json.zst', 'mesos/flags.json.zst'])
  })

  test('SHA256SUMS counts as well', async () => {
    await flip(join(await copied(), 'SHA256SUMS'), 70)

    expect(await found()).toEqual({ SHA256SUMS: 'flipped' })
  })

  test('a flipped byte of the manifest makes it a damaged backup, in `list` and `show` too', async () => {
    await flip(join(await copied(), 'manifest.json'), 300)

    expect(await found()).toEqual({ 'manifest.json': 'flipped' })
    const list = await operator.dcosctl(['backup', 'list'])
    const show = await operator.dcosctl(['backup', 'show', backup])
    expect(list).toMatchObject({ exit: 0, stdout: expect.stringContaining(`Damaged: ${backup}`) })
    expect(show).toMatchObject({ exit: unwell, stderr: expect.stringContaining(backup) })
  })

  test('a manifest that was cut short, or is empty, is damaged; one that is gone leaves no backup', async () => {
    const file = join(await copied(), 'manifest.json')
    await truncate(file, 400)
    expect(await found()).toEqual({ 'manifest.json': 'flipped' })

    await rm(file)
    const verified = await operator.dcosctl(['backup', 'verify', backup])
    const newest = await operator.dcosctl(['backup', 'verify'])
    expect(verified).toMatchObject({ exit: unwell, stdout: expect.stringContaining('missing') })
    expect(newest).toMatchObject({ exit: unwell, stderr: expect.stringContaining('There is no backup of lab') })
    expect((await operator.dcosctl(['backup', 'list'])).stdout).toContain('There is no backup.')
  })

  test('an empty manifest', async () => {
    await truncate(join(await copied(), 'manifest.json'), 0)

    expect(await operator.dcosctl(['backup', 'verify', backup])).toMatchObject({ exit: unwell })
  })

  test('any flipped byte of any object is named: the first and twelve more, every fifth with what is in it', async () => {
    const folder = await copied()
    const store = directoryStore(join(folder, '..', '..'))
    for (const object of objects) {
      const file = join(folder, object)
      const whole = await readFile(file)
      const step = Math.max(1, Math.floor(whole.length / 12))
      for (let position = 0; position < whole.length; position += step) {
        await flip(file, position, 1 << (position % 8))
        const level = position % (5 * step) === 0 ? { decode: decodeObject } : 'stored'
        const { findings } = await verifyBackup(store, 'lab', backup, { level })
        expect(findings, `${object} at byte ${position}`).toMatchObject([{ object, fault: 'flipped' }])
        await writeFile(file, whole)
      }
    }
    expect((await verifyBackup(store, 'lab', backup, { level: { decode: decodeObject } })).findings).toEqual([])
  })

  test('any flipped byte of the manifest is named', async () => {
    const folder = await copied()
    const store = directoryStore(join(folder, '..', '..'))
    const file = join(folder, 'manifest.json')
    const whole = await readFile(file)
    for (let position = 0; position < whole.length; position += 7) {
      await flip(file, position, 1 << (position % 8))
      const { findings } = await verifyBackup(store, 'lab', backup, { level: 'stored' })
      expect(findings, `at byte ${position}`).toMatchObject([{ object: 'manifest.json', fault: 'flipped' }])
      await writeFile(file, whole)
    }
  })
})

const verification = z.object({ findings: z.array(z.object({ object: z.string(), fault: z.string() })) })
