// A logical copy through the API: what is in it, of which zxid it says it is, and that nothing cut or changed is taken for whole.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { once } from '../../../src/store/bytes.ts'
import { inspect } from '../../../src/zookeeper/files/inspect.ts'
import { openFiles } from '../../../src/zookeeper/files/open-files.ts'
import { printed } from '../../../src/zookeeper/files/print-tree.ts'
import { op } from '../../../src/zookeeper/pipeline/protocol.ts'
import type { BackedUpZnode } from '../../../src/zookeeper/subtree/wanted.ts'
import { copyZnodes, NotReadable } from '../../../src/zookeeper/walk/copy-znodes.ts'
import { DamagedZnodes, readZnodes } from '../../../src/zookeeper/walk/read-znodes.ts'
import { walk } from '../../../src/zookeeper/walk/walk.ts'
import { ensembleUnavailable } from '../ensemble.ts'
import { create, digestOf, open, overwrite, realServer, restored, trees, user, wantedOf } from '../subtree/real-tree.ts'
import { until } from '../until.ts'

const name = 'znodes are copied through the API'
const why = ensembleUnavailable
const never = new AbortController().signal

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

describe.skipIf(why !== undefined)(why ? `${name} (not here: ${why})` : name, () => {
  const server = realServer()
  const mine = [{ perms: 31, scheme: 'digest', id: digestOf('operator:secret') }]
  let tops = 0

  test('a quiet tree is copied exactly, in the very lines that its files give', async () => {
    const pipe = await server.pipe(user)
    const [znodes = []] = fc.sample(trees(`/quiet${tops++}`, [open, mine]), { numRuns: 1, seed: 7 })
    await restored(pipe, wantedOf(znodes, znodes[0]?.path ?? ''), overwrite, true)

    const copy = await copyZnodes(pipe, never)

    const lines = (await textOf(copy.bytes())).trimEnd().split('\n')
    const files = await inspect(await openFiles(server.member.dataDir))
    const isOurs = (line: string) => line.startsWith('{"path":"/quiet')
    expect(copy.claim).toMatchObject({ claim: 'exact' })
    expect(lines.slice(1).filter(isOurs).toSorted()).toEqual([...printed(files)].filter(isOurs).toSorted())
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ znodes: lines.length - 1, claim: 'exact', way: 'api' })
  })

  test('dcosctl itself is left out', async () => {
    const pipe = await server.pipe(user)
    await create(pipe, '/dcosctl')
    await create(pipe, '/dcosctl/claim')

    const text = await textOf((await copyZnodes(pipe, never)).bytes())

    expect(text).not.toContain('"path":"/dcosctl')
    expect(text.split('\n')[0]).toContain('"leftOut":["/dcosctl"]')
  })

  test('while others write, what kept changing is named, and everything else is of one zxid', async () => {
    const pipe = await server.pipe(user)
    const writer = await server.pipe(user)
    const top = `/busy${tops++}`
    await create(pipe, top)
    for (let at = 0; at < 300; at++) await create(pipe, `${top}/n${at}`, Buffer.from('0'))
    let writes = 0
    let isOver = false
    const set = (): void =>
      writer.ask(
        op.setData,
        to =>
          to
            .string(`${top}/n${writes % 3}`)
            .buffer(Buffer.from(String(writes)))
            .int(-1),
        () => {
          writes++
          if (!isOver) set()
        },
      )
    set()
    await until('some writes', 5_000, () => writes > 20)

    const copy = await copyZnodes(pipe, never)
    isOver = true

    expect(copy.claim).toMatchObject({ claim: 'except' })
    if (copy.claim.claim !== 'except') return
    expect(copy.claim.changed.length).toBeGreaterThan(0)
    expect(copy.claim.changed.filter(path => !/\/busy\d+\/n[012]$/.test(path))).toEqual([])
    expect(copy.looks).toBeGreaterThan(1)
    expect(await readZnodes(copy.bytes(), () => {})).toMatchObject({ claim: 'except', znodes: copy.znodes })
  })

  test('what came and went while it was read is in it as it was in the end', async () => {
    const pipe = await server.pipe(user)
    const writer = await server.pipe(user)
    const top = `/moving${tops++}`
    await create(pipe, top)
    for (const each of ['stays', 'goes', 'changes']) await create(pipe, `${top}/${each}`, Buffer.from('before'))
    let hasBegun = false
    const ask = pipe.askPath.bind(pipe)
    pipe.askPath = (type, path, reply) => {
      if (type === op.exists && !hasBegun) {
        hasBegun = true
        const set = (to: Parameters<Parameters<typeof writer.ask>[1]>[0]) =>
          to.string(`${top}/changes`).buffer(Buffer.from('after')).int(-1)
        writer.ask(
          op.delete,
          to => to.string(`${top}/goes`).int(-1),
          () => {},
        )
        writer.ask(op.setData, set, () => {})
        void create(writer, `${top}/comes`, Buffer.from('after')).then(() => ask(type, path, reply))
        return
      }
      ask(type, path, reply)
    }
    // One write between the first answer and the last makes the copy look twice.
    const busy = setInterval(
      () => void writer.call(op.setData, 'set', top, to => to.string(top).buffer(null).int(-1)),
      1,
    )

    const copy = await copyZnodes(pipe, never).finally(() => clearInterval(busy))

    const found = new Map<string, BackedUpZnode>()
    await readZnodes(copy.bytes(), znode => found.set(znode.path, znode))
    const data = (path: string) => found.get(`${top}/${path}`)?.data?.toString()
    expect([data('stays'), data('goes'), data('changes'), data('comes')]).toEqual([
      'before',
      undefined,
      'after',
      'after',
    ])
  })

  test('a znode that may not be read makes no copy: it is named', async () => {
    const pipe = await server.pipe()
    const owner = await server.pipe(user)
    const top = `/locked${tops++}`
    await create(owner, top)
    await owner.call(op.setAcl, 'setAcl', top, to => {
      to.string(top).int(1).int(31).string('digest').string(digestOf('operator:secret')).int(-1)
    })

    await expect(copyZnodes(pipe, never)).rejects.toThrow(NotReadable)
    await expect(copyZnodes(pipe, never)).rejects.toThrow(/locked/)
  })

  test('a walk while nothing changes says exactly when; a session that opens in between is told from a change of znodes', async () => {
    const pipe = await server.pipe(user)
    const top = `/walked${tops++}`
    await create(pipe, top)
    for (let at = 0; at < 50; at++) await create(pipe, `${top}/n${at}`)

    const { znodes, bounds, unreadable } = await walk(pipe, top, { onZnode: () => {} })

    expect({ znodes, unreadable, claim: bounds.claim.claim }).toEqual({ znodes: 51, unreadable: [], claim: 'exact' })
  })

  test('a copy that was cut, or holds a znode twice or without its parent, is damaged', async () => {
    const pipe = await server.pipe(user)
    const whole = await textOf((await copyZnodes(pipe, never)).bytes())
    const lines = whole.split('\n')
    const read = (text: string) => readZnodes(once(Buffer.from(text)), () => {})

    await expect(read(whole)).resolves.toMatchObject({ claim: expect.any(String) })
    await expect(read(whole.slice(0, -20))).rejects.toThrow(DamagedZnodes)
    await expect(read(lines.toSpliced(3, 1).join('\n'))).rejects.toThrow(DamagedZnodes)
    await expect(read(lines.toSpliced(3, 1, lines[4] ?? '').join('\n'))).rejects.toThrow('for the second time')
    await expect(read('')).rejects.toThrow('no first line')
  })
})
