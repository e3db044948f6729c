// Znodes held as bytes: the table is a Map of znodes, whatever is put in, changed and taken out, and however paths hash.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adler32 } from '../../../src/zookeeper/files/adler32.ts'
import { Arena, sizeFor } from '../../../src/zookeeper/files/arena.ts'
import { HashSet } from '../../../src/zookeeper/files/hash-set.ts'
import { OPEN_ACL } from '../../../src/zookeeper/files/open-acl.ts'
import { hashOf } from '../../../src/zookeeper/files/path-hash.ts'
import { PathIndex } from '../../../src/zookeeper/files/path-index.ts'
import { Span } from '../../../src/zookeeper/files/span.ts'
import { type Znode, ZnodeTable } from '../../../src/zookeeper/files/znode-table.ts'

const spanOf = (bytes: Buffer) => new Span(bytes, 0, bytes.length)

const zxid = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const time = fc.integer({ min: -(2 ** 52), max: 2 ** 52 })
const acl = fc.oneof(
  fc.constant(OPEN_ACL),
  fc.constant(undefined),
  fc.constant([]),
  fc.nat(3).map(perms => [{ perms, scheme: Buffer.from('digest'), id: Buffer.from(`me:${perms}`) }]),
)
/** Null, empty, small, about where sizes step, larger than what shares a block, and than a block. */
const data = fc.oneof(
  fc.constant(null),
  fc.oneof(fc.nat(700), fc.constantFrom(0, 131_072, 140_000, 1_200_000)).map(length => Buffer.alloc(length, 'data')),
)
const znode: fc.Arbitrary<Znode> = fc.record({
  ...{ data, acl, czxid: zxid, mzxid: zxid, pzxid: zxid, ephemeralOwner: zxid, ctime: time, mtime: time },
  ...{ version: int, cversion: int, aversion: int, children: fc.nat(1000) },
})
/** Paths that begin with others, of bytes that are no UTF-8, and of other lengths. */
const key = fc.oneof(
  fc.constantFrom('', '/', '/a', '/a/b', '/a/bc', '/ab', '/a-b', '/\xed\xa0\xbd\xed\xb8\x80', '/\xff\0', '/a//'),
  fc.nat(30).map(length => `/${'x'.repeat(length)}`),
  fc.nat(2000).map(at => `/many/${at}`),
)
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key, znode }),
  fc.record({ kind: fc.constant('data' as const), key, data }),
  fc.record({ kind: fc.constant('remove' as const), key }),
)

test('what was put in is there, changed as it was, and what was taken out is not', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      const table = new ZnodeTable()
      const wanted = new Map<string, Znode>()
      for (const one of steps) {
        const handle = table.findKey(one.key)
        const known = wanted.get(one.key)
        expect(handle !== 0).toBe(known !== undefined)
        if (one.kind === 'set') {
          table.set(one.key, one.znode)
          wanted.set(one.key, one.znode)
        } else if (known && one.kind === 'data') {
          table.setData(handle, one.data && spanOf(one.data))
          wanted.set(one.key, { ...known, data: one.data })
        } else if (known && one.kind === 'remove') {
          table.remove(handle)
          wanted.delete(one.key)
        }
      }
      expect(table.size).toBe(wanted.size)
      expect([...table.keys()].sort()).toEqual([...wanted.keys()].sort())
      for (const [each, { data: bytes, ...rest }] of wanted) {
        const { data: found, ...others } = table.get(each) ?? { data: undefined }
        expect(others).toEqual(rest)
        // Not by `toEqual`, which takes seconds for a megabyte.
        expect(bytes === null ? found === null : found?.equals(bytes)).toBe(true)
      }
    }),
    { numRuns: 60 },
  )
})

test('many come and go, and nothing is lost when the table grows', () => {
  const table = new ZnodeTable()
  const plain: Znode = {
    ...{ data: Buffer.from('some'), acl: OPEN_ACL, children: 0, version: 1, cversion: 2, aversion: 3 },
    ...{ czxid: 1n, mzxid: 2n, pzxid: 3n, ephemeralOwner: 0n, ctime: 4, mtime: 5 },
  }
  for (let at = 0; at < 20_000; at++) table.set(`/group-${at % 7}/name-${at}`, { ...plain, version: at })
  for (let at = 0; at < 20_000; at += 3) table.remove(table.findKey(`/group-${at % 7}/name-${at}`))
  for (let at = 0; at < 20_000; at += 6) table.set(`/group-${at % 7}/name-${at}`, { ...plain, version: -at })
  for (let at = 0; at < 20_000; at++) {
    const version = table.get(`/group-${at % 7}/name-${at}`)?.version
    expect(version).toBe(at % 6 === 0 ? 0 - at : at % 3 === 0 ? undefined : at)
  }
})

test('numbers whose hashes are the same, or meet in one slot, are all found, in any order of coming and going', () => {
  const steps = fc.array(fc.record({ number: fc.integer({ min: 1, max: 60 }), comes: fc.boolean() }), {
    maxLength: 200,
  })
  // Of 1024 slots: the last, the first, and hashes that only their upper bits tell apart.
  const hashes = [1023, 1023, 2047, 0, 1024, 1, 0xffff_ffff, 1022]
  fc.assert(
    fc.property(steps, all => {
      const index = new PathIndex()
      const there = new Set<number>()
      const hash = (number: number) => hashes[number % hashes.length] ?? 0
      const isFound = (number: number) => {
        for (let slot = index.first(hash(number)); index.number(slot) !== 0; slot = index.next(slot))
          if (index.number(slot) === number) return index.hash(slot) === hash(number)
        return false
      }
      for (const { number, comes } of all) {
        if (comes && !there.has(number)) index.add(number, hash(number))
        else if (!comes && there.has(number)) index.remove(number, hash(number))
        if (comes) there.add(number)
        else there.delete(number)
      }
      expect(index.size).toBe(there.size)
      for (let number = 1; number <= 60; number++) expect(isFound(number)).toBe(there.has(number))
    }),
  )
})

test('pieces of an arena never lie in one another, and what was given back is used again', () => {
  const sizes = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constantFrom(131_072, 131_073, 2_000_000))
  fc.assert(
    fc.property(fc.array(fc.record({ size: sizes, stays: fc.boolean() }), { maxLength: 80 }), all => {
      const arena = new Arena()
      const kept: { readonly place: number; readonly size: number; readonly fill: number }[] = []
      for (const [at, { size, stays }] of all.entries()) {
        const place = arena.take(size)
        expect(place).toBeGreaterThan(0)
        const start = arena.start(place)
        arena.block(place).bytes.fill(at, start, start + sizeFor(size))
        if (stays) kept.push({ place, size, fill: at })
        else arena.giveBack(place, size)
      }
      for (const { place, size, fill } of kept) {
        const start = arena.start(place)
        const piece = arena.block(place).bytes.subarray(start, start + sizeFor(size))
        expect(piece.length).toBe(sizeFor(size))
        expect(piece.equals(Buffer.alloc(piece.length, fill))).toBe(true)
      }
    }),
    { numRuns: 40 },
  )
  const arena = new Arena()
  const places = new Set(
    Array.from({ length: 50 }, () => {
      const place = arena.take(500)
      arena.giveBack(place, 500)
      return place
    }),
  )
  expect(places.size).toBe(1)
})

test('a size is enough, a multiple of 8, and at most an eighth too much', () => {
  for (let bytes = 1; bytes < 70_000; bytes++) {
    const size = sizeFor(bytes)
    expect(size >= bytes && size % 8 === 0 && size - bytes < Math.max(8, bytes / 8 + 1)).toBe(true)
    expect(sizeFor(size)).toBe(size)
  }
})

test('a set has every hash that was added, and 0 as well', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 3000 }), hashes => {
      const set = new HashSet()
      for (const hash of hashes) set.add(hash)
      expect(hashes.every(hash => set.has(hash))).toBe(true)
      set.clear()
      expect([0, 1, ...hashes].some(hash => set.has(hash))).toBe(false)
    }),
  )
  const zero = new HashSet()
  zero.add(0)
  expect(zero.has(0)).toBe(true)
})

test('a hash is of the bytes alone, wherever they stand, and hardly two paths share one', () => {
  const seen = new Set<number>()
  for (let at = 0; at < 100_000; at++) {
    const path = Buffer.from(`...../service-${at % 100}/task-${at}..`)
    const hash = hashOf(path, 5, path.length - 2)
    expect(hash).toBe(hashOf(path.subarray(5), 0, path.length - 7))
    seen.add(hash)
  }
  // Of 100,000 random numbers of 32 bits one or two meet.
  expect(seen.size).toBeGreaterThan(99_980)
})

test('the checksum is the one that RFC 1950 says, in one go or piece by piece', () => {
  const naive = (bytes: Uint8Array) => {
    let low = 1
    let high = 0
    for (const byte of bytes) {
      low = (low + byte) % 65_521
      high = (high + low) % 65_521
    }
    return high * 65_536 + low
  }
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 500 }),
    fc.nat(20_000).map(length => new Uint8Array(length).fill(255)),
  )
  fc.assert(
    fc.property(bytes, fc.nat(), (all, cut) => {
      const at = cut % (all.length + 1)
      expect(adler32(all)).toBe(naive(all))
      expect(adler32(all, at, all.length, adler32(all, 0, at))).toBe(naive(all))
      expect(adler32(all.subarray(at))).toBe(naive(all.subarray(at)))
    }),
  )
})
