// Says what an action will do, for the plan's text. Pure.
import type { Action, BackupSource } from './vocabulary.ts'

export function describeAction(action: Action): readonly string[] {
  switch (action.do) {
    case 'upgrade-node':
      return [`script ${action.script.url}`, `sha256 ${action.script.sha256}`]
    case 'put-app':
    case 'put-job':
    case 'remove-app':
    case 'remove-job':
    case 'copy-stopped':
    case 'start-again':
      return []
    case 'restore-subtree': {
      const { source, at, path, into, how } = action
      return [
        `${path}${into === path ? '' : ` into ${into}`}, ${how}`,
        `from ${source.object} of ${source.backup} in ${source.store}`,
        `sha256 ${source.sha256}`,
        ...(at === null ? [] : [`the state at ${at}`]),
      ]
    }
    case 'take-backup':
      return [
        action.encryption === 'none' ? 'not encrypted' : `encrypted for ${action.encryption.length} age recipients`,
        ...action.objects.map(({ name, from, orElse = [] }) => `${name} from ${[from, ...orElse].join(', else ')}`),
        ...action.absent.map(({ what, why }) => `not copied: ${what}: ${why}`),
      ]
    case 'remove-backup':
      return [action.because]
    case 'remove-leftover':
      return []
    case 'discard-uploads':
      return action.keys
    case 'lay-zookeeper-image':
      return [...describeSource(action.source), `the state at ${action.at}`]
    case 'lay-log-image':
      return action.source ? describeSource(action.source) : []
    case 'stop-for-swap':
      return [`each master starts it by itself after ${action.backAfter} s, if nobody else does`]
    case 'swap-data':
      return ['by renames, on every master or on none; the old data stays beside it']
    case 'start-after-swap':
      return []
  }
}

const describeSource = ({ store, backup, object, sha256 }: BackupSource): readonly string[] => [
  `${object} of ${backup} in ${store}`,
  `sha256 ${sha256}`,
]
