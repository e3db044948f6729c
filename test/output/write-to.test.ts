// Writing to somebody who leaves.
import { Writable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { writeTo } from '../../src/output/write-to.ts'

test('a reader who leaves ends the writing, not the process', async () => {
  const tried: string[] = []
  const pipe = new Writable({
    autoDestroy: false,
    write(chunk, _encoding, done) {
      tried.push(String(chunk))
      done(tried.length === 2 ? new Error('write EPIPE') : null)
    },
  })
  const write = writeTo(pipe)

  write('read')
  write('not read')
  await vi.waitFor(() => expect(pipe.errored).not.toBeNull())
  write('not tried')

  expect(tried).toEqual(['read', 'not read'])
})
