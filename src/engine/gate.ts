// A gate: asks until it was well for as long as wanted, or pauses the run.
import { because } from '../errors.ts'
import type { ActionData, CheckData, Gate, Verdict } from '../plan/types.ts'
import type { Drive } from './drive.ts'
import type { Stop } from './events.ts'
import type { Checker } from './ports.ts'
import { inPlan } from './state.ts'
import { type Patient, patient } from './waiting.ts'

/** Passes (`undefined`) or stops. Journals what it sees when that changes. An override lets it pass once, after one look. */
export async function askGate<A extends ActionData, C extends CheckData, W>(
  drive: Drive<A, C, W>,
  gate: Gate<C>,
): Promise<Stop | undefined> {
  const { clock } = drive.ports
  const { id: part, patience } = gate
  const waiting = patient(patience, clock, drive.stopping)
  let wellSince: number | undefined
  let lastSaid: string | undefined

  for (;;) {
    const before = drive.halted(part)
    if (before) return before
    const verdict = await ask(drive, gate, waiting)
    if (!verdict) return drive.halted(part)
    drive.tell({ event: 'gate-asked', part, verdict, secondsLeft: waiting.secondsLeft() })

    if (inPlan(drive.state.gates, part).override) {
      await drive.record({ event: 'gate-passed', part, verdict })
      return undefined
    }
    if (verdict.well) {
      wellSince ??= clock.monotonic()
      lastSaid = undefined
      if (clock.monotonic() - wellSince >= patience.steady * 1000) {
        await drive.record({ event: 'gate-passed', part, verdict })
        return undefined
      }
    } else {
      wellSince = undefined
      if (verdict.saw !== lastSaid) await drive.record({ event: 'gate-unwell', part, verdict })
      lastSaid = verdict.saw
      if (waiting.isSpent()) return unwell(gate, verdict)
    }
    await waiting.wait()
  }
}

async function ask<A extends ActionData, C extends CheckData, W>(
  { ports }: Drive<A, C, W>,
  { check }: Gate<C>,
  patience: Patient,
): Promise<Verdict | undefined> {
  const kind: C['ask'] = check.ask
  const checker: Checker<C, W> = ports.checkers[kind]
  try {
    const answer = await patience.ask(signal => checker(check, ports.world, signal))
    return answer?.got
  } catch (error) {
    return { well: false, saw: `could not be asked: ${because(error)}`, wanted: 'an answer' }
  }
}

function unwell({ id, title, patience }: Gate<CheckData>, { saw, wanted, remedy }: Verdict): Stop {
  const waited = patience.within === 0 ? 'asked' : `waited ${patience.within} s`
  const reason = `${waited} for "${title}", but ${saw} (wanted ${wanted})`
  return { part: id, why: 'gate', reason, ...(remedy === undefined ? {} : { remedy }) }
}
