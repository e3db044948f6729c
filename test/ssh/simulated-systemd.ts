// A simulated systemd for step tests on a plain sshd: `systemd-run` and `systemctl` as shell scripts over a folder. Not systemd;
// the same promises are held by real ones in test/end-to-end/node-step.test.ts.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Units live as files `UNIT` in `units`, holding ActiveState, SubState and the process group; `runs` counts what was started. */
const systemdRun = (units: string) => `#!/bin/sh
exec 9>&-
for word; do case $word in --unit=*) unit=\${word#--unit=};; esac; done
while [ "\${1#--}" != "$1" ]; do shift; done
[ ! -e ${units}/$unit ] || { echo "Unit $unit was already loaded." >&2; exit 1; }
echo $unit >>${units}/../runs
echo "active running" >${units}/$unit
setsid sh -c 'u=$1; shift; INVOCATION_ID=sim$$ "$@"; c=$?; if [ $c = 0 ]; then echo "active exited" >$u; else echo "failed failed" >$u; fi' sim ${units}/$unit "$@" </dev/null >/dev/null 2>&1 &
`

const systemctl = (units: string) => `#!/bin/sh
for unit; do :; done
case $1 in
  show)
    state=inactive sub=dead load=not-found
    [ ! -e ${units}/$unit ] || { read -r state sub <${units}/$unit; load=loaded; }
    for word; do case $word in
      LoadState) echo LoadState=$load;; ActiveState) echo ActiveState=$state;; SubState) echo SubState=$sub;;
    esac; done;;
  reset-failed|stop) rm -f ${units}/$unit;;
  *) echo "the simulated systemctl does not know $1" >&2; exit 1;;
esac
`

/** Puts both into `bin`, which is first in the PATH of those who log in. */
export async function simulatedSystemd(bin: string): Promise<{ readonly units: string; readonly runs: string }> {
  const units = join(bin, 'units')
  await mkdir(units, { recursive: true })
  for (const [name, body] of [
    ['systemd-run', systemdRun(units)],
    ['systemctl', systemctl(units)],
  ] as const) {
    await writeFile(join(bin, name), body)
    await chmod(join(bin, name), 0o755)
  }
  return { units, runs: join(bin, 'runs') }
}
