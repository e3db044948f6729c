// Says what an action will do, for the plan's text. Pure.
import type { Action } from './vocabulary.ts'

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
  }
}
