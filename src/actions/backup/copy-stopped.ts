// Stops a service on one master, copies its files on the master's own disk and starts it again: one step on the node, so that the
// service is down no longer than the copy takes, whatever becomes of the line or of dcosctl. A timer on the node starts it in any case.
import type { Performer } from '../../engine/ports.ts'
import { hotCopyScript as logCopyScript } from '../../mesos/replicated-log/hot-copy.ts'
import type { Action, StoppedService } from '../../plan/vocabulary.ts'
import { armBringBack, disarmBringBack } from '../../ssh/bring-back-timer.ts'
import { ScriptFailed } from '../../ssh/errors.ts'
import type { Host } from '../../ssh/host.ts'
import { followStep, lookAtStep, startStep } from '../../ssh/node-step.ts'
import { quote } from '../../ssh/quote.ts'
import { placesOf } from '../../ssh/step-name.ts'
import type { World } from '../../world.ts'
import { hotCopyScript as fileCopyScript } from '../../zookeeper/files/hot-copy.ts'
import { copyFolder, copyPrefix, stoppedServices } from './stopped-service.ts'

type CopyStopped = Extract<Action, { do: 'copy-stopped' }>
type StartAgain = Extract<Action, { do: 'start-again' }>

/** Seconds after which the node starts the service by itself; a copy that takes longer is given up. */
const downAtMost = 300
/** Seconds after which the node removes a copy that nobody fetched. */
const keptFor = 6 * 3600
/** Milliseconds without reaching the node after which following gives up; the node goes on. */
const outOfTouchWithin = 120_000
const askWithin = 60_000

export const copyStopped: Performer<CopyStopped, World> = {
  async look({ node, service }, world, { run, part, attempt }) {
    const host = await world.hosts.host(node)
    if ((await lookAtStep(host, { run, part: tried(part, attempt) })).state === 'running') return 'under-way'
    const { unit } = stoppedServices[service]
    const seen = await host.run(lookScript, { as: 'root', args: [unit, copyFolder(service, run)], within: askWithin })
    if (seen.exit !== 0) throw new ScriptFailed(node, seen.exit, seen.stderr, `looking at ${unit}`)
    return seen.stdout.trim() === 'active copied' ? 'in-place' : 'absent'
  },

  async perform({ node, service }, world, { run, part, attempt, token, signal, say }) {
    const reach = () => world.hosts.host(node)
    const host = await reach()
    const { unit, says } = stoppedServices[service]
    await armBringBack(host, { run, part: timerOf(service), script: `systemctl start ${unit}`, seconds: downAtMost })
    const name = { run, part: tried(part, attempt) }
    await startStep(host, { ...name, script: nodeScript(service, run), token })
    const outOfTouch = (why: string) => say(`out of touch with ${node}, which goes on by itself: ${why}`)
    let down = ''
    const hear = (line: string) => {
      const [, seconds] = /^down for (\d+) s$/.exec(line) ?? []
      if (seconds === undefined) say(line)
      else down = seconds
    }
    const ended = await followStep(reach, name, { say: hear, signal, outOfTouch, outOfTouchWithin })
    if (ended.state === 'ended' && ended.exit === 0) return `${says} of ${node} was down for ${down} s`
    const how = ended.state === 'ended' ? `ended with exit ${ended.exit}` : `did not end in order (${ended.state})`
    throw new Error(`the copy on ${node} ${how}${ended.tail.length > 0 ? `: ${ended.tail.slice(-3).join(' / ')}` : ''}`)
  },
}

/** The close of the during: the service runs, whatever the step before it came to. */
export const startAgain: Performer<StartAgain, World> = {
  /** Never in place: the timer is to be disarmed too, and both do nothing where they were done. */
  look: async () => 'absent',

  async perform({ node, service }, world, { run, mustEndFirst = [] }) {
    const host = await world.hosts.host(node)
    const { unit, says } = stoppedServices[service]
    for (const { part, attempt } of mustEndFirst) await endStep(host, { run, part: tried(part, attempt) })
    const ran = await host.run(startScript, { as: 'root', args: [unit], within: askWithin * 2 })
    if (ran.exit !== 0) throw new ScriptFailed(node, ran.exit, ran.stderr, `starting ${unit}`)
    const timer = await disarmBringBack(host, { run, part: timerOf(service) })
    return `${says} of ${node} runs${timer === 'fired' ? "; the node's own timer had started it" : ''}`
  },
}

const tried = (part: string, attempt: number): string => (attempt === 1 ? part : `${part}/try-${attempt}`)
const timerOf = (service: StoppedService): string => `stopped/${service}`

/** $1 unit, $2 folder of the copy. */
const lookScript = `
state=$(systemctl is-active "$1") || :
[ ! -d "$2" ] || copied=copied
echo "$state \${copied-}"`

/** A stop that lands after the start, or a copy that goes on while the service runs, would undo it: what is at work is ended first. */
async function endStep(host: Host, name: { readonly run: string; readonly part: string }): Promise<void> {
  if ((await lookAtStep(host, name)).state !== 'running') return
  const { unit } = placesOf(name)
  const ran = await host.run('systemctl stop "$1.service"', { as: 'root', args: [unit], within: askWithin })
  if (ran.exit !== 0) throw new ScriptFailed(host.name, ran.exit, ran.stderr, `ending ${unit}`)
}

/** $1 unit. Starting what runs does nothing. */
const startScript = `
systemctl start "$1" || exit
systemctl is-active --quiet "$1"`

/**
 * Run by root on the node. The copy counts only if the service was down from its beginning to its end. What an earlier run left there is removed
 * first, and what nobody fetches from this one by a timer.
 */
function nodeScript(service: StoppedService, run: string): string {
  const { unit, root } = stoppedServices[service]
  const folder = copyFolder(service, run)
  const copy =
    service === 'zookeeper'
      ? `sh -c ${quote(fileCopyScript)} hot-copy ${quote(root)} keep ${quote(folder)}`
      : `sh -c ${quote(logCopyScript({ root, within: downAtMost, keep: folder }))}`
  return `set -u
unit=${unit} folder=${quote(folder)}
rm -rf -- ${quote(root)}/${copyPrefix}*
isDown() { case $(systemctl show -p ActiveState "$unit") in *=inactive | *=failed) ;; *) return 1;; esac; }
code=0
began=$(date +%s)
systemctl stop "$unit" || code=$?
if [ $code = 0 ]; then
  isDown || { echo "$unit does not stay stopped"; code=20; }
fi
if [ $code = 0 ]; then
  ${copy} || code=$?
  isDown || { echo "$unit was started by somebody else while its files were copied"; code=21; }
fi
systemctl start "$unit" || { echo "$unit does not start"; [ $code != 0 ] || code=22; }
echo "down for $(($(date +%s) - began)) s"
[ $code = 0 ] || rm -rf -- "$folder"
systemd-run --on-active=${keptFor} --unit="dcosctl-forget-${service}-$$" rm -rf -- "$folder" >/dev/null 2>&1 || :
exit $code
`
}
