// The flags of every command that starts or goes on with a run.
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
