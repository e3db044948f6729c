// Until when the servers can't have expired a session, from what they answered. Pure.
//
// The leader expires a session when it has not heard of it for the session time-out. It hears of it at a handshake (opening
// one is a transaction; moving one asks the leader) and, each half tick, from every follower, which reports the sessions that
// spoke to it (apache/zookeeper `Leader.lead`, `LearnerHandler` PING and REVALIDATE). A read proves nothing of this: a
// follower cut off from its leader goes on answering for syncLimit ticks. A committed request proves that the session lived
// then, but does not start the leader's count anew. Yet if a request was answered, and time for a report passed before a later
// one was sent on the same line and committed, then the earlier one was reported: follower and leader talk over one ordered stream.

interface Answered {
  readonly sentAt: number
  readonly answeredAt: number
}

/** Times in milliseconds of the session's clock. */
export interface Proof {
  /** The leader surely heard of the session at this time or later. */
  readonly heardSince: number
  /** Answered so long ago that a report of it must have left: the next committed request proves it. */
  readonly reported: Answered | undefined
  /** Answered, perhaps not reported yet. */
  readonly fresh: Answered | undefined
}

/** Part of the session time-out in which a follower reports. A time-out has 2 to 20 ticks, usually 10 or more: at least one report at 5, two at 10. */
const report = 1 / 10
/** Part of the session time-out for clocks that do not go alike. */
const drift = 1 / 20

/** After a server granted the session on a new line, to a handshake sent then. */
export function afterHandshake(proof: Proof | undefined, sentAt: number): Proof {
  return { heardSince: Math.max(proof?.heardSince ?? sentAt, sentAt), reported: undefined, fresh: undefined }
}

/** After a request was answered on the line of the last handshake; `committed`: it was a change and was made. */
export function afterAnswer(
  proof: Proof,
  answer: Answered & { readonly committed: boolean },
  timeoutMs: number,
): Proof {
  const { sentAt, answeredAt, committed } = answer
  const { heardSince, fresh } = proof
  const due = fresh !== undefined && sentAt - fresh.answeredAt >= timeoutMs * report
  const reported = due ? fresh : proof.reported
  return {
    heardSince: committed && reported ? Math.max(heardSince, reported.sentAt) : heardSince,
    reported,
    fresh: due || !fresh ? { sentAt, answeredAt } : fresh,
  }
}

/** From this time on the session may be gone, and its ephemeral znodes another's. */
export const aliveUntil = (proof: Proof, timeoutMs: number): number => proof.heardSince + timeoutMs * (1 - drift)
