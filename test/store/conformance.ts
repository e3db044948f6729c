// The promises of the port `Store`, held to by every implementation.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once as event } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { collected, gathered, once } from '../../src/store/bytes.ts'
import type { Store } from '../../src/store/store.ts'
import type { StoreAddress } from './open-store.ts'
import { openStore } from './open-store.ts'

const child = fileURLToPath(new URL('./put-until-killed.ts', import.meta.url))

/**
 * @param fresh the address of an empty store, a new one for each test
 * @param many more than one page of a listing has
 */
export function keepsThePromisesOfAStore(
  name: string,
  fresh: () => Promise<StoreAddress>,
  { many = 1100 }: { readonly many?: number } = {},
): void {
  const open = async () => openStore(await fresh())

  describe(`${name} keeps the promises of a store`, () => {
    test('what was put comes back, with its size and digest', async () => {
      const store = await open()
      const bytes = randomBytes(100_000)

      const stored = await store.put('cluster/backup/object.zst', once(bytes))

      expect(stored).toEqual({ bytes: bytes.length, sha256: digest(bytes) })
      expect(digest(await read(store, 'cluster/backup/object.zst'))).toBe(digest(bytes))
    })

    test('an empty body makes an empty object', async () => {
      const store = await open()

      const stored = await store.put('empty', nothing())

      expect(stored).toEqual({ bytes: 0, sha256: digest(Buffer.alloc(0)) })
      expect(await read(store, 'empty')).toHaveLength(0)
      expect(await keys(store, '')).toEqual(['empty'])
    })

    test('20 MB of a length nobody knew arrive whole', async () => {
      const store = await open()
      const sent = createHash('sha256')
      const body = chunks(20_000_000, chunk => sent.update(chunk))

      const stored = await store.put('large', body)

      expect(stored.bytes).toBe(20_000_000)
      expect(stored.sha256).toBe(sent.digest('hex'))
      expect(digest(await read(store, 'large'))).toBe(stored.sha256)
    })

    test('a second put replaces the first', async () => {
      const store = await open()
      await store.put('key', once(Buffer.from('first')))

      await store.put('key', once(Buffer.from('second')))

      expect(String(await read(store, 'key'))).toBe('second')
    })

    test.for([1_000, 17_000_000])(
      'a source that fails after %i bytes leaves nothing, and its own error comes back',
      async bytes => {
        const store = await open()
        const failure = new Error('the line dropped')
        const body = async function* () {
          yield* chunks(bytes)
          throw failure
        }

        await expect(store.put('a/b/key', body())).rejects.toBe(failure)

        expect(await keys(store, '')).toEqual([])
        expect(await gathered(store.unfinished(''))).toEqual([])
      },
    )

    test('a source that fails leaves in place what was there before', async () => {
      const store = await open()
      await store.put('key', once(Buffer.from('before')))
      const body = async function* () {
        yield Buffer.from('after')
        throw new Error('the line dropped')
      }

      await expect(store.put('key', body())).rejects.toThrow('the line dropped')

      expect(String(await read(store, 'key'))).toBe('before')
    })

    test('a process killed in mid-put leaves nothing visible, and what it left can be found and removed', async () => {
      const address = await fresh()
      const store = await openStore(address)
      const putting = spawn(process.execPath, [child, JSON.stringify(address)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await event(putting.stdout, 'data') // it says when much has been sent

      putting.kill('SIGKILL')
      await event(putting, 'exit')

      expect(await keys(store, '')).toEqual([])
      await expect(store.get('backup/endless')).rejects.toMatchObject({ trouble: 'not-found' })
      const left = await gathered(store.unfinished('backup/'))
      expect(left.map(({ key }) => key.split('/')[0])).toEqual(['backup'])
      for (const { discard } of left) await discard()
      expect(await gathered(store.unfinished(''))).toEqual([])
    })

    test('an object that is not there says so at once', async () => {
      const store = await open()

      await expect(store.get('no/such/key')).rejects.toMatchObject({ name: 'StoreError', trouble: 'not-found' })
    })

    test('ranges count from 0, exclude their end and stop where the object stops', async () => {
      const store = await open()
      await store.put('digits', once(Buffer.from('0123456789')))

      const range = async (from: number, to?: number) =>
        String(await collected(await store.get('digits', to === undefined ? { from } : { from, to }), 100))

      expect(await range(0)).toBe('0123456789')
      expect(await range(3)).toBe('3456789')
      expect(await range(3, 5)).toBe('34')
      expect(await range(8, 100)).toBe('89')
      expect(await range(4, 4)).toBe('')
      expect(await range(10)).toBe('')
      expect(await range(50, 60)).toBe('')
    })

    test('a reader may leave in the middle', async () => {
      const store = await open()
      await store.put('large', chunks(2_000_000))

      for await (const chunk of await store.get('large')) {
        expect(chunk.byteLength).toBeGreaterThan(0)
        break
      }

      expect(await read(store, 'large')).toHaveLength(2_000_000)
    })

    test('odd keys are kept apart and come back as they were', async () => {
      const store = await open()
      const odd = [
        'a b',
        'a+b',
        'a%20b',
        'a?b#c',
        'quo\'te"s',
        'ü/é',
        'e\u0301',
        '日本/語',
        'a&b<c>',
        '.hidden',
        '~',
        'x/y.z/-',
        '\u{1F600}',
      ]

      for (const key of odd) await store.put(key, once(Buffer.from(key)))

      expect(await keys(store, '')).toEqual([...odd].sort(byBytes))
      for (const key of odd) expect(String(await read(store, key))).toBe(key)
      await store.delete(odd)
      expect(await keys(store, '')).toEqual([])
    })

    test.for([
      '',
      '/a',
      'a/',
      'a//b',
      'a/../b',
      '.',
      'a\nb',
      'a\0b',
      'x'.repeat(201),
      '\ud800',
      `${'x/'.repeat(450)}x`,
    ])('refuses the key %j before it touches anything', async key => {
      const store = await open()

      await expect(store.put(key, once(Buffer.from('x')))).rejects.toMatchObject({ trouble: 'bad-key' })
      await expect(store.get(key)).rejects.toMatchObject({ trouble: 'bad-key' })
      await expect(store.createExclusive(key, Buffer.from('x'))).rejects.toMatchObject({ trouble: 'bad-key' })
      await expect(store.delete([key])).rejects.toMatchObject({ trouble: 'bad-key' })
      expect(await keys(store, '')).toEqual([])
    })

    test('lists by prefix, in the order of bytes, folders or not', async () => {
      const store = await open()
      const all = ['a-b', 'a.b', 'a/b', 'a/b-c', 'a/b0/c', 'a0', 'ab', 'b/a', '\u{1F600}', '\uff5e']
      for (const key of all.toReversed()) await store.put(key, once(Buffer.from(key)))

      expect(await keys(store, '')).toEqual([...all].sort(byBytes))
      expect(await keys(store, 'a/')).toEqual(['a/b', 'a/b-c', 'a/b0/c'])
      expect(await keys(store, 'a/b')).toEqual(['a/b', 'a/b-c', 'a/b0/c'])
      expect(await keys(store, 'a/b0/')).toEqual(['a/b0/c'])
      expect(await keys(store, 'a/b0/c/d')).toEqual([])
      expect(await keys(store, 'c')).toEqual([])
    })

    test('a listing says size and time', async () => {
      const store = await open()
      const before = Date.now()
      await store.put('key', once(Buffer.from('12345')))

      const [listed] = await gathered(store.list('key'))

      expect(listed).toMatchObject({ key: 'key', bytes: 5 })
      expect(Math.abs((listed?.modified.getTime() ?? 0) - before)).toBeLessThan(60_000)
    })

    test(`lists and removes ${many} keys`, { timeout: 60_000 }, async () => {
      const store = await open()
      const all = Array.from({ length: many }, (_, index) => `many/${String(index).padStart(4, '0')}`)
      for (let from = 0; from < all.length; from += 50) {
        await Promise.all(all.slice(from, from + 50).map(key => store.put(key, once(Buffer.from(key)))))
      }

      expect(await keys(store, 'many/')).toEqual(all)
      await store.delete(all)
      expect(await keys(store, '')).toEqual([])
    })

    test('removes what is there and does not mind what is not', async () => {
      const store = await open()
      await store.put('a/b', once(Buffer.from('x')))
      await store.put('a/c', once(Buffer.from('x')))

      await store.delete(['a/b', 'a/missing', 'missing'])
      await store.delete([])

      expect(await keys(store, '')).toEqual(['a/c'])
    })

    test('of 8 who create the same key exactly one is told so, and the object is theirs', async () => {
      const store = await open()
      const writers = Array.from({ length: 8 }, (_, index) => Buffer.from(`writer ${index}`))

      const answers = await Promise.all(writers.map(bytes => store.createExclusive('lock', bytes)))

      expect(answers.filter(answer => answer === 'created')).toHaveLength(1)
      expect(await read(store, 'lock')).toEqual(writers[answers.indexOf('created')])
      expect(await keys(store, '')).toEqual(['lock'])
      expect(await gathered(store.unfinished(''))).toEqual([])
    })

    test('a removed key can be created again', async () => {
      const store = await open()
      expect(await store.createExclusive('lock', Buffer.from('1'))).toBe('created')
      expect(await store.createExclusive('lock', Buffer.from('2'))).toBe('exists')

      await store.delete(['lock'])

      expect(await store.createExclusive('lock', Buffer.from('3'))).toBe('created')
      expect(String(await read(store, 'lock'))).toBe('3')
    })

    test('its check passes and leaves nothing behind', async () => {
      const store = await open()

      expect(await store.check()).toEqual([])

      expect(await keys(store, '')).toEqual([])
    })
  })
}

export async function keys(store: Store, prefix: string): Promise<string[]> {
  return (await gathered(store.list(prefix))).map(({ key }) => key)
}

async function read(store: Store, key: string): Promise<Buffer> {
  return collected(await store.get(key), 100_000_000)
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Random bytes in chunks of odd sizes. */
async function* chunks(bytes: number, seen: (chunk: Buffer) => void = () => {}): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; ) {
    const chunk = randomBytes(Math.min(left, 70_001))
    left -= chunk.length
    seen(chunk)
    yield chunk
  }
}
