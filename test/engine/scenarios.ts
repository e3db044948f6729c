// The plans whose every power cut is tried.

import { carefulLane, gate, note, plan, rolling, serves, stage, step, upgrade, whileStopped } from './plans.ts'
import type { Scenario } from './power-cut.ts'

const allServe = (id: string) => gate(id, { ask: 'all-serve' })

export const stepsAndGates: Scenario = {
  name: 'steps and gates over three stages',
  nodes: ['m1'],
  plan: plan(
    stage('first', allServe('well'), note('began'), allServe('still-well')),
    stage('second', allServe('before'), upgrade('m1'), serves('m1')),
    stage('last', note('ended'), allServe('after')),
  ),
}

export const during: Scenario = {
  name: 'a during between gates',
  nodes: ['m1', 'm2'],
  plan: plan(
    stage(
      'copy',
      allServe('before'),
      whileStopped('m1'),
      gate('after', { ask: 'all-serve' }, { steady: 20 }),
      note('copied'),
    ),
  ),
}

export const masters: Scenario = {
  name: 'two masters by rank',
  nodes: ['m1', 'm2'],
  plan: plan(
    stage('well', allServe('well')),
    stage('masters', rolling('masters', ['m1', 'm2'].map(carefulLane), { order: 'by-rank' })),
  ),
}

export const window: Scenario = {
  name: 'a canary, then a window of two',
  nodes: ['a1', 'a2', 'a3'],
  mayBeDown: 2,
  plan: plan(
    stage(
      'agents',
      rolling(
        'agents',
        ['a1', 'a2', 'a3'].map(node => ({ node, parts: [upgrade(node), serves(node)] })),
        { atMost: 2, canaries: 1, soak: 60 },
      ),
    ),
  ),
}

/** All of it: three masters by rank, a during in each lane, then agents. */
export const everything: Scenario = {
  name: 'masters with a during each, by rank, then agents in a window',
  nodes: ['m1', 'm2', 'm3', 'a1', 'a2', 'a3', 'a4'],
  mayBeDown: 2,
  plan: plan(
    stage('well', allServe('well'), note('began')),
    stage('backup', allServe('before-backup'), whileStopped('m1'), allServe('after-backup')),
    stage(
      'masters',
      allServe('before-masters'),
      rolling(
        'masters',
        ['m1', 'm2', 'm3'].map(node => ({
          node,
          parts: [
            gate(`${node}/others-serve`, { ask: 'others-serve', node }),
            {
              ...whileStopped(node, [
                gate(`${node}/really-stopped`, { ask: 'stopped', node }),
                step(`${node}/upgrade`, { do: 'upgrade', node, to: '2' }),
              ]),
              id: `${node}/while-upgraded`,
              open: step(`${node}/stop-again`, { do: 'stop', node }),
              close: step(`${node}/start-again`, { do: 'start', node }),
            },
            serves(node),
          ],
        })),
        { order: 'by-rank' },
      ),
    ),
    stage(
      'agents',
      allServe('before-agents'),
      rolling(
        'agents',
        ['a1', 'a2', 'a3', 'a4'].map(node => ({ node, parts: [upgrade(node), serves(node)] })),
        { atMost: 2, canaries: 1, soak: 60, budget: { failures: 1 } },
      ),
      note('ended'),
      allServe('after'),
    ),
  ),
}

/** A canary's script fails, then the lanes of the window end in doubt and do not come back: the run pauses again and again. */
export const faultyAgents: Scenario = {
  ...window,
  name: 'agents that fail, stay in doubt and do not come back',
  faults: [
    ['a1', 'script-fails'],
    ['a2', 'ends-in-doubt'],
    ['a3', 'does-not-come-back'],
  ],
  plan: plan(
    stage(
      'agents',
      rolling(
        'agents',
        ['a1', 'a2', 'a3'].map(node => ({ node, parts: [allServe(`${node}/before`), upgrade(node), serves(node)] })),
        { atMost: 1 },
      ),
    ),
  ),
}

export const faultyDuring: Scenario = {
  ...during,
  name: 'a during that does not start again',
  faults: [['m1', 'does-not-start']],
}
