// A service stopped for its copy: the three answers of a look, a copy that counts only when the node says so, and the close that starts it.
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { copyStopped, startAgain } from '../../src/actions/backup/copy-stopped.ts'
import type { Host, Ran, RunOptions } from '../../src/ssh/host.ts'
import { type FakeWorld, fakeWorld } from '../fake-world.ts'

const action = { do: 'copy-stopped', node: 'm2', service: 'zookeeper' } as const
const close = { do: 'start-again', node: 'm2', service: 'zookeeper' } as const

/** m2, on which timers, units and folders are told by the test; its steps are the fake node's. */
function nodeWhere(fake: FakeWorld, answers: { copied?: boolean; active?: boolean } = {}) {
  const ran: string[] = []
  const host = fake.node('m2').host
  const said = (script: string): string | undefined => {
    if (script.includes('copied=copied'))
      return `${answers.active === false ? 'inactive' : 'active'} ${answers.copied ? 'copied' : ''}\n`
    if (script.includes('--on-active="$seconds"')) return ''
    if (script.includes('echo disarmed')) return 'disarmed\n'
    if (script.includes('systemctl stop "$1.service"')) {
      for (const step of fake.node('m2').steps.begun.values()) step.state = 'lost'
      return ''
    }
    if (script.includes('systemctl start "$1"')) return ''
    return undefined
  }
  const world = {
    ...fake.world,
    hosts: {
      ...fake.world.hosts,
      async host(name: string): Promise<Host> {
        if (name !== 'm2') return fake.node(name).host
        return {
          ...host,
          async run(script: string, options: RunOptions): Promise<Ran> {
            await setImmediate() // as a line would, it lets others in between
            options.signal?.throwIfAborted()
            const answer = said(script)
            if (answer === undefined) return host.run(script, options)
            ran.push(
              script.includes('--on-active="$seconds"')
                ? 'arm'
                : script.includes('echo disarmed')
                  ? 'disarm'
                  : script.includes('systemctl stop')
                    ? 'end step'
                    : script.includes('systemctl start "$1"')
                      ? 'start'
                      : 'look',
            )
            return { exit: 0, stdout: answer, stderr: '' }
          },
        }
      },
    },
  }
  return { world, ran }
}

const context = {
  ...{ run: 'r1', part: 'zookeeper/copy', attempt: 1, token: 7 },
  signal: new AbortController().signal,
  say: () => {},
}

test('nothing was begun: absent; a copy beside a running service: in place; a copy beside a stopped one: to be done again', async () => {
  const fake = fakeWorld()

  expect(await copyStopped.look(action, nodeWhere(fake).world, context)).toBe('absent')
  expect(await copyStopped.look(action, nodeWhere(fake, { copied: true }).world, context)).toBe('in-place')
  expect(await copyStopped.look(action, nodeWhere(fake, { copied: true, active: false }).world, context)).toBe('absent')
})

test('the timer is armed before the service is stopped, and how long it was down is the evidence', async () => {
  const fake = fakeWorld()
  const { world, ran } = nodeWhere(fake)
  fake.node('m2').steps.becomes = { exit: 0, output: 'down for 3 s\n' }

  const evidence = await copyStopped.perform(action, world, context)

  expect(evidence).toBe('ZooKeeper of m2 was down for 3 s')
  expect(ran).toEqual(['arm'])
  const { script } = fake.node('m2').steps
  expect(script.indexOf('systemctl stop "$unit"')).toBeLessThan(script.indexOf('hot-copy'))
  expect(script.indexOf('hot-copy')).toBeLessThan(script.indexOf('systemctl start "$unit"'))
})

test('a service that somebody started meanwhile makes the copy worth nothing', async () => {
  const fake = fakeWorld()
  fake.node('m2').steps.becomes = { exit: 21, output: 'dcos-exhibitor was started by somebody else\ndown for 3 s\n' }

  const copying = copyStopped.perform(action, nodeWhere(fake).world, context)

  await expect(copying).rejects.toThrow(
    'the copy on m2 ended with exit 21: dcos-exhibitor was started by somebody else',
  )
})

test('the close ends a copy that is still at work before it starts the service, and takes the timer back', async () => {
  const fake = fakeWorld()
  const { world, ran } = nodeWhere(fake)
  fake.node('m2').steps.becomes = { exit: 0, output: '', ends: 'for-ever' }
  const left = new AbortController()
  const copying = copyStopped.perform(action, world, { ...context, signal: left.signal })
  await expect.poll(() => fake.node('m2').steps.begun.size).toBe(1)
  left.abort()
  await copying.catch(() => {})

  const evidence = await startAgain.perform(close, world, {
    ...context,
    part: 'zookeeper/start',
    mustEndFirst: [{ part: context.part, attempt: 1 }],
  })

  expect(evidence).toBe('ZooKeeper of m2 runs')
  expect(ran).toEqual(['arm', 'end step', 'start', 'disarm'])
})
