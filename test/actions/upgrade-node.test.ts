// Upgrading a node: what looking tells apart, what comes of the script's endings, and what is sent to the node.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { upgradeNode } from '../../src/actions/upgrade-node.ts'
import { InDoubt } from '../../src/engine/errors.ts'
import type { Look, StepContext } from '../../src/engine/ports.ts'
import type { Action, Role } from '../../src/plan/vocabulary.ts'
import type { FakeNode } from '../fake-node.ts'
import { fakeWorld } from '../fake-world.ts'
import { scratch } from '../scratch.ts'

const from = '2.1.1'
const to = '2.2.1'
const url = "http://bootstrap.example/it's/dcos_node_upgrade.sh?a=1&b=$(id)"

const action = (node = 'm1', role: Role = 'master'): Extract<Action, { do: 'upgrade-node' }> => ({
  do: 'upgrade-node',
  node,
  role,
  script: { url, sha256: 'ab'.repeat(32), from, to },
})

const upgraded = (node: FakeNode) => {
  node.version = to
}

function setUp(prepare: (node: FakeNode) => void = () => {}) {
  const fake = fakeWorld()
  const node = fake.node('m1')
  prepare(node)
  const said: string[] = []
  const context = (attempt = 1): StepContext => ({
    ...{ run: '2026-11-20T020000Z-7f3a', part: 'masters/m1/upgrade', attempt, token: 7 },
    signal: new AbortController().signal,
    say: text => said.push(text),
  })
  return {
    node,
    said,
    look: (attempt?: number): Promise<Look> => upgradeNode.look(action(), fake.world, context(attempt)),
    perform: (attempt?: number): Promise<string> => upgradeNode.perform(action(), fake.world, context(attempt)),
  }
}

describe('look', () => {
  test.each<[string, (node: FakeNode) => void, Look]>([
    ['at the version before', () => {}, 'absent'],
    ['at the version wanted', upgraded, 'in-place'],
    [
      'at neither',
      node => Object.assign(node, { version: '2.0.4' }),
      { unclear: 'm1 runs 2.0.4, neither 2.1.1 nor 2.2.1' },
    ],
    [
      'without a version file',
      node => Object.assign(node, { version: undefined }),
      { unclear: 'm1 runs an unknown version, neither 2.1.1 nor 2.2.1' },
    ],
  ])('a node %s', async (_state, prepare, answer) => {
    expect(await setUp(prepare).look()).toEqual(answer)
  })

  test.each([
    ['install_progress', from],
    ['active is missing', undefined],
    ['install_progress', to],
  ] as const)('a package swap that was cut off (%s) at version %s goes to a person', async (swap, version) => {
    const { look } = setUp(node => Object.assign(node, { swap, version }))

    expect(await look()).toEqual({
      unclear: expect.stringMatching(new RegExp(`cut off on m1 \\(${swap}\\): the script must not run again`)),
    })
  })

  test('a script that still runs is under way, also in the middle of its package swap', async () => {
    const { node, look, perform } = setUp(node => node.steps.lose.push('start'))
    await expect(perform()).rejects.toThrow(InDoubt)
    node.swap = 'active is missing'

    expect(await look()).toBe('under-way')
  })

  test('a try that ended is not taken for the next one', async () => {
    const { node, look, perform } = setUp(node => {
      node.steps.becomes = { exit: 1, output: 'no space\n' }
    })
    await expect(perform(1)).rejects.toThrow('exit 1')
    expect(await look(2)).toBe('absent')

    node.steps.becomes = { exit: 0, output: '', effect: upgraded }
    expect(await perform(2)).toBe('m1 runs 2.2.1')
    expect(node.steps.begun.size).toBe(2)
  })

  test('a node that can not be reached has no answer', async () => {
    const { look } = setUp(node => Object.assign(node, { reachable: false }))

    await expect(look()).rejects.toThrow("m1 can't be reached")
  })
})

describe('perform', () => {
  test('a script that ends in order leaves the new version, and what it printed is said', async () => {
    const { perform, said } = setUp(node => {
      node.steps.becomes = { exit: 0, output: 'fetching\nactivating\n', effect: upgraded }
    })

    expect(await perform()).toBe('m1 runs 2.2.1')
    expect(said).toEqual(['the script runs', 'fetching', 'activating'])
  })

  test('exit 0 without effect is an error', async () => {
    const { perform } = setUp(node => {
      node.steps.becomes = { exit: 0, output: 'all done\n' }
    })

    await expect(perform()).rejects.toThrow(
      'the upgrade script ended with exit 0, and m1 runs 2.1.1. Its last words: all done',
    )
  })

  test('exit 1 is an error with the last words, also where the version is the new one', async () => {
    const ending = { exit: 1, output: 'a\nb\nc\nd\n' }
    await expect(setUp(node => Object.assign(node.steps, { becomes: ending })).perform()).rejects.toThrow(
      'ended with exit 1, and m1 runs 2.1.1. Its last words: b / c / d',
    )
    const late = { ...ending, effect: upgraded }
    await expect(setUp(node => Object.assign(node.steps, { becomes: late })).perform()).rejects.toThrow(
      'ended with exit 1, and m1 runs 2.2.1',
    )
  })

  test('a package swap that was cut off goes to a person', async () => {
    const { perform } = setUp(node => {
      node.steps.becomes = {
        ...{ exit: 0, output: '' },
        effect: broken => {
          broken.swap = 'install_progress'
        },
      }
    })

    await expect(perform()).rejects.toThrow(InDoubt)
  })

  test('a line that drops while the script is followed is taken up again, and nothing is said twice', async () => {
    const { node, perform, said } = setUp(node => {
      node.steps.becomes = { exit: 0, output: 'fetching\n', effect: upgraded }
      node.steps.lose.push('follow')
    })

    expect(await perform()).toBe('m1 runs 2.2.1')
    expect(node.steps.begun.size).toBe(1)
    expect(said.filter(text => text === 'fetching')).toHaveLength(1)
    expect(said).toContainEqual(expect.stringContaining('out of touch with m1, its script goes on by itself'))
  })

  test('a node that was started anew under the script is judged by what it runs', async () => {
    const cutOff = { exit: 0, output: '', ends: 'cut-off' } as const
    const whole = setUp(node => Object.assign(node.steps, { becomes: { ...cutOff, effect: upgraded } }))
    expect(await whole.perform()).toMatch(/^m1 runs 2\.2\.1; its script was cut off: the node was started anew/)

    const before = setUp(node => Object.assign(node.steps, { becomes: cutOff }))
    await expect(before.perform()).rejects.toThrow('did not end in order (lost), and m1 runs 2.1.1')
  })
})

describe('what the node is sent', () => {
  const sentTo = async (name: string, role: Role): Promise<string> => {
    const fake = fakeWorld()
    const node = fake.node(name)
    node.steps.becomes = { exit: 0, output: '', effect: upgraded }
    const context = { run: '2026-11-20T020000Z-7f3a', part: `nodes/${name}/upgrade`, attempt: 1, token: 7 }
    await upgradeNode.perform(action(name, role), fake.world, {
      ...context,
      signal: new AbortController().signal,
      say: () => {},
    })
    return node.steps.script
  }

  /** Runs it with a curl that writes down its last argument and gives `body`. */
  function runIt(script: string, body: string) {
    const bin = scratch()
    const curl = `#!/bin/sh\nfor last; do :; done\nprintf %s "$last" >'${bin}/asked'\nwhile [ "$1" != -o ]; do shift; done\ncat '${bin}/body' >"$2"\n`
    writeFileSync(join(bin, 'curl'), curl)
    chmodSync(join(bin, 'curl'), 0o755)
    writeFileSync(join(bin, 'body'), body)
    const here = script.replaceAll('/var/lib/dcosctl', bin).replaceAll('/opt/mesosphere', `${bin}/opt`)
    const shell = () =>
      execFileSync('/bin/sh', ['-c', here], { env: { PATH: `${bin}:${process.env.PATH ?? ''}` }, encoding: 'utf8' })
    return { shell, asked: () => readFileSync(join(bin, 'asked'), 'utf8') }
  }

  test('a script with another digest is not run, and the url arrives as it is', async () => {
    const { shell, asked } = runIt(await sentTo('m1', 'master'), 'echo I was run\n')

    expect(shell).toThrow(expect.objectContaining({ stdout: 'the script is not the one that the plan pinned\n' }))
    expect(asked()).toBe(url)
  })

  test('the pinned one is run, and its exit is the exit', async () => {
    const body = 'echo I was run\nexit 3\n'
    const sent = (await sentTo('m1', 'master')).replace(
      'ab'.repeat(32),
      createHash('sha256').update(body).digest('hex'),
    )

    expect(runIt(sent, body).shell).toThrow(expect.objectContaining({ stdout: 'I was run\n', status: 3 }))
  })

  test("agents lose DC/OS' libltdl before, masters do not", async () => {
    const line = 'rm -f /opt/mesosphere/lib/libltdl.so.7'
    const toAgent = await sentTo('a1', 'agent')

    expect(toAgent.indexOf(line)).toBeGreaterThan(toAgent.indexOf('sha256sum -c'))
    expect(toAgent.indexOf(line)).toBeLessThan(toAgent.indexOf('bash "$folder'))
    expect(await sentTo('m1', 'master')).not.toContain('libltdl')
  })
})
