// A timer on the node that brings back what we take down, if nobody else does. Armed before, disarmed after.
import { ScriptFailed, StrangeAnswer } from './errors.ts'
import type { Host } from './host.ts'
import { placesOf, type StepName } from './step-name.ts'

const askWithin = 60_000

/** $1 folder, $2 unit, $3 seconds, $4 bytes; the script on stdin. Arming again starts the time anew. */
const armScript = `
set -eu
umask 077
folder=$1 unit=$2 seconds=$3 bytes=$4
mkdir -p "$folder"
cat >"$folder/script.new"
size=$(wc -c <"$folder/script.new")
[ "$size" -eq "$bytes" ] || { echo "only $size of $bytes bytes of the script arrived" >&2; exit 7; }
sync "$folder/script.new" 2>/dev/null
mv -f "$folder/script.new" "$folder/script"
if [ "$(systemctl show -p ActiveState "$unit.timer")" = ActiveState=active ]; then systemctl stop "$unit.timer"; fi
case $(systemctl show -p ActiveState "$unit.service") in
  ActiveState=inactive) ;;
  ActiveState=failed) systemctl reset-failed "$unit.service";;
  *) echo "$unit.service is at work" >&2; exit 8;;
esac
rm -f "$folder/fired"
sync "$folder" 2>/dev/null
fire='date +%s >"$1/fired" && sync "$1/fired" 2>/dev/null; exec /bin/sh "$1/script" >>"$1/output" 2>&1'
arm() { systemd-run "$@" --on-active="$seconds" --unit="$unit" /bin/sh -c "$fire" bring-back "$folder" >&2; }
arm --timer-property=AccuracySec=1s || arm
[ "$(systemctl show -p ActiveState "$unit.timer")" = ActiveState=active ]`

/** $1 folder, $2 unit. The timer is stopped before it is asked whether it fired. */
const disarmScript = `
set -eu
folder=$1 unit=$2
was=$(systemctl show -p ActiveState "$unit.timer")
if [ "$was" = ActiveState=active ]; then systemctl stop "$unit.timer"; fi
if [ -f "$folder/fired" ]; then echo fired
elif [ "$was" = ActiveState=active ]; then echo disarmed
else echo absent
fi`

/**
 * Arms the timer: after `seconds` (where systemd does not take AccuracySec, up to a minute later) root runs `script`, unless disarmed.
 * A reboot forgets the timer; the services of a node start by themselves then. @throws ScriptFailed where it is not armed
 */
export async function armBringBack(
  host: Host,
  order: StepName & { readonly script: string; readonly seconds: number },
): Promise<void> {
  if (!Number.isSafeInteger(order.seconds) || order.seconds < 1)
    throw new RangeError(`${order.seconds} is no number of seconds`)
  const { folder, unit } = timerPlaces(order)
  const script = Buffer.from(`${order.script}\n`)
  const args = [folder, unit, String(order.seconds), String(script.length)]
  const ran = await host.run(armScript, { as: 'root', args, stdin: script, within: askWithin })
  if (ran.exit !== 0) throw new ScriptFailed(host.name, ran.exit, ran.stderr, `arming the bring-back of ${order.part}`)
}

/** Takes the timer back. `fired` means that it ran before; `absent` that there was none, for example after a reboot. */
export async function disarmBringBack(host: Host, name: StepName): Promise<'disarmed' | 'fired' | 'absent'> {
  const { folder, unit } = timerPlaces(name)
  const ran = await host.run(disarmScript, { as: 'root', args: [folder, unit], within: askWithin })
  const said = ran.stdout.trim()
  if (ran.exit !== 0)
    throw new ScriptFailed(host.name, ran.exit, ran.stderr, `disarming the bring-back of ${name.part}`)
  if (said === 'disarmed' || said === 'fired' || said === 'absent') return said
  throw new StrangeAnswer(host.name, { what: `${host.name} did not say what became of the bring-back of ${name.part}` })
}

function timerPlaces(name: StepName): { readonly folder: string; readonly unit: string } {
  return placesOf({ ...name, part: `${name.part}/bring-back` })
}
