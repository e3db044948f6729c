// Says what an action will do, for the plan's text. Pure.
import type { Action } from './vocabulary.ts'

export function describeAction(action: Action): readonly string[] {
  switch (action.do) {
    case 'upgrade-node':
      return [`script ${action.script.url}`, `sha256 ${action.script.sha256}`]
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
        ...action.objects.map(({ name, from }) => `${name} from ${from}`),
      ]
  }
}
