// One run as renderers hear it: an upgrade of 3 masters and 4 agents, paused by an agent that does not come back, resumed, finished.
// Made in the order in which the engine tells such a run; `follow` accepts each event.
import { upgrade } from '../../runbooks/upgrade.ts'
import type { Progress, RunEvent, Stop, Told } from '../../src/engine/events.ts'
import type { NodeName, PartId, Verdict } from '../../src/plan/types.ts'
import type { DcosPlan } from '../../src/plan/vocabulary.ts'
import { factsOf, optionsFor } from '../runbooks/facts.ts'

const run = '2026-11-20T220000Z-7f3a'
const began = Date.parse('2026-11-20T22:00:00Z')

/** An upgrade of 3 masters and so many agents, two of them at a time unless said. */
export function planOf(agents: number, atMost = 2): DcosPlan {
  const facts = factsOf({ masters: 3, agents, leads: { zookeeper: 'm2', marathon: 'm1', mesos: 'm1' } })
  const options = optionsFor(facts)
  return upgrade(facts, { ...options, agents: { ...options.agents, atMost } })
}

/** What a run told so far, and words for going on with it. */
export function recorder(plan: DcosPlan) {
  const told: Told[] = []
  let clock = began
  const tell = (event: RunEvent | Progress): void => {
    told.push({ ...event, at: new Date(clock).toISOString() })
  }
  const by = (pid: number) => ({ user: 'ann', host: 'desk', pid, token: pid })

  const recording = {
    told: told as readonly Told[],
    tell,
    pass: (seconds: number): void => {
      clock += seconds * 1000
    },
    now: () => new Date(clock),
    start: () => tell({ event: 'run-started', run, plan, by: by(1) }),
    resume: () => tell({ event: 'run-resumed', by: by(2) }),

    gate(part: PartId, saw: string, wanted = saw): void {
      recording.asked(part, { well: true, saw, wanted }, 120)
      tell({ event: 'gate-passed', part, verdict: { well: true, saw, wanted } })
    },
    /** Not well at first. */
    waitingGate(part: PartId, verdict: Omit<Verdict, 'well'>, left: number): void {
      recording.asked(part, { ...verdict, well: false }, left)
      tell({ event: 'gate-unwell', part, verdict: { ...verdict, well: false } })
    },
    asked: (part: PartId, verdict: Verdict, secondsLeft: number): void =>
      tell({ event: 'gate-asked', part, verdict, secondsLeft }),
    stepBegins(part: PartId, ...says: readonly string[]): void {
      tell({ event: 'step-started', part })
      for (const text of says) {
        recording.pass(2)
        tell({ event: 'said', part, text })
      }
    },
    stepEnds(part: PartId, evidence: string): void {
      tell({ event: 'step-finished', part, found: 'absent', evidence })
    },
    laneBegins: (rolling: PartId, node: NodeName, because: string): void =>
      tell({ event: 'lane-started', rolling, node, because }),
    laneEnds: (rolling: PartId, node: NodeName): void => tell({ event: 'lane-finished', rolling, node }),
  }
  return recording
}

type Recording = ReturnType<typeof recorder>

export function preflight(it: Recording): void {
  it.gate('preflight/all-serving', '3 of 3 serving')
  it.gate('preflight/zookeeper-quorum', 'm2 leads, 2 follow')
  it.waitingGate(
    'preflight/one-mesos-leader',
    { saw: 'm1 leads, but m3 takes m2 for the leader', wanted: 'one leader, named by every master' },
    118,
  )
  it.pass(5)
  it.gate('preflight/one-mesos-leader', 'm1 leads')
  it.gate('preflight/registrar-recovered', 'recovered on 3 masters')
  it.gate('preflight/agents-registered', '4 active')
  it.gate('preflight/no-deployments', 'none')
  it.gate('preflight/script-reachable', 'the pinned script is there for 7 nodes')
}

export function takeBackup(it: Recording): void {
  it.pass(1)
  it.gate('backup/store-writable', 's3://backups/orchard can be written')
  it.stepBegins('backup/take', 'zookeeper/files.tar: 1.2 MiB', 'replicated-log/m3.tar: 64.5 KiB')
  it.pass(1)
  it.stepEnds('backup/take', `backup ${run}: 10 objects, 1.4 MiB`)
  it.gate('backup/fresh', `${run}, 10 objects, decoded and read back`)
}

/** Up to where its script runs. */
export function masterBegins(it: Recording, node: string, because: string): void {
  it.laneBegins('masters', node, because)
  it.gate(`masters/${node}/others-are-well`, 'the others well')
  it.stepBegins(`masters/${node}/upgrade`, `the script runs on ${node}`, 'Fetching packages')
}

function masterEnds(it: Recording, node: string): void {
  it.pass(90)
  it.stepEnds(`masters/${node}/upgrade`, `${node} runs 2.2.1`)
  it.waitingGate(
    `masters/${node}/all-serving`,
    { saw: `2 of 3 serving: ${node} is down`, wanted: '3 of 3 serving, one leader' },
    900,
  )
  it.pass(20)
  it.gate(`masters/${node}/all-serving`, '3 of 3 serving')
  it.gate(`masters/${node}/registrar-recovered`, 'recovered on 1 master')
  it.gate(`masters/${node}/node-is-well`, 'DC/OS 2.2.1, checks pass')
  it.gate(`masters/${node}/one-mesos-leader`, 'm1 leads')
  it.laneEnds('masters', node)
}

export function masters(it: Recording): void {
  const turns = [
    ['m3', 'it leads nothing; m2 leads ZooKeeper, m1 leads Marathon and Mesos'],
    ['m2', 'it leads ZooKeeper; m1 leads Marathon and Mesos'],
    ['m1', 'it leads Marathon and Mesos'],
  ] as const
  for (const [node, because] of turns) {
    masterBegins(it, node, because)
    masterEnds(it, node)
  }
  it.gate('masters/one-version', '2.2.1 on 3 masters')
}

const next = 'it is the next one listed; no other agent is down'

/** Up to where its script has run. */
export function upgradeAgents(it: Recording, ...nodes: readonly string[]): void {
  for (const node of nodes) {
    it.laneBegins('agents', node, next)
    it.stepBegins(`agents/${node}/upgrade`, `the script runs on ${node}`)
  }
  it.pass(30)
  for (const node of nodes) it.stepEnds(`agents/${node}/upgrade`, `${node} runs 2.2.1`)
}

export function agentEnds(it: Recording, node: string, id: string): void {
  it.gate(`agents/${node}/agent-registered`, `active as ${id}`)
  it.gate(`agents/${node}/node-is-well`, 'DC/OS 2.2.1, checks pass')
  it.laneEnds('agents', node)
}

/** Canary, soak, then two at a time; a2 does not come back. */
export function agentsUntilPause(it: Recording): void {
  upgradeAgents(it, 'a1')
  agentEnds(it, 'a1', 'S0')
  it.tell({ event: 'waiting', part: 'agents', text: 'the canaries are well; soaking for 300 s' })
  it.pass(300)
  it.tell({ event: 'soaked', rolling: 'agents' })
  upgradeAgents(it, 'a2', 'a3')
  const verdict = {
    saw: 'a2 is not registered, away for 41 s of 300 s',
    wanted: 'active in Mesos as S1',
    remedy: 'look at a2:  journalctl -u dcos-mesos-slave',
  }
  it.waitingGate('agents/a2/agent-registered', verdict, 570)
}

/** It did not come back. */
export function stopAgent(it: Recording, node: string): Stop {
  const stop: Stop = {
    part: `agents/${node}/agent-registered`,
    why: 'gate',
    reason: `${node} is back in Mesos as itself: ${node} is not registered (wanted active in Mesos, waited 600 s)`,
    remedy: `look at ${node}:  journalctl -u dcos-mesos-slave`,
  }
  it.tell({ event: 'lane-stopped', rolling: 'agents', node, stop })
  return stop
}

export function pauseAtA2(it: Recording): void {
  it.pass(600)
  const stop = stopAgent(it, 'a2')
  agentEnds(it, 'a3', 'S2')
  it.tell({ event: 'run-paused', stop })
}

function resumeAndFinish(it: Recording): void {
  it.pass(3 * 3600)
  it.resume()
  it.laneBegins('agents', 'a2', 'tried again; it had stopped: a2 is not registered')
  agentEnds(it, 'a2', 'S1')
  upgradeAgents(it, 'a4')
  agentEnds(it, 'a4', 'S3')
  it.gate('after/one-version', '2.2.1 on 7 nodes')
  it.gate('after/as-before', '4 agents, 1 apps as before')
  it.tell({ event: 'run-finished' })
}

/** The whole run; `pausedAt`: how many events the first process told. */
export function recordedRun(): { readonly told: readonly Told[]; readonly pausedAt: number; readonly end: Date } {
  const it = recorder(planOf(4))
  it.start()
  preflight(it)
  takeBackup(it)
  masters(it)
  agentsUntilPause(it)
  pauseAtA2(it)
  const pausedAt = it.told.length
  resumeAndFinish(it)
  return { told: it.told, pausedAt, end: it.now() }
}
