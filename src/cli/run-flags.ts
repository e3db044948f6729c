// The flags of every command that starts or goes on with a run, and of those that plan one first.
import { Flags } from '@oclif/core'

const progressKinds = ['tty', 'plain', 'jsonl'] as const
export type ProgressKind = (typeof progressKinds)[number]

export const runFlags = {
  progress: Flags.option({
    options: progressKinds,
    description: 'how progress is shown (else tty on a terminal, plain elsewhere)',
  })(),
  confirm: Flags.string({
    description: 'the name of the cluster, in place of typing it when asked',
    helpValue: 'CLUSTER',
  }),
}

export const planFlags = {
  plan: Flags.boolean({
    description: 'show the plan and end; nothing is written but --out',
    exclusive: ['confirm', 'progress'],
  }),
  out: Flags.string({ description: 'save the plan', helpValue: 'FILE', dependsOn: ['plan'] }),
}

/** What a refusal names may be accepted, with a reason. `names`: all that there are, where these are few. */
export const acceptFlags = (names?: readonly string[]) => ({
  accept: Flags.string({
    description: 'accept this by name (a refusal says which); may be given twice',
    ...(names ? { options: names } : { helpValue: 'NAME' }),
    multiple: true,
    multipleNonGreedy: true,
    dependsOn: ['reason'],
  }),
  reason: Flags.string({
    description: 'why it is accepted; goes into the plan and the journal',
    dependsOn: ['accept'],
  }),
})
