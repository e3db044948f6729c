// The shell that runs on a node for a step. POSIX sh, coreutils 8.22 and systemd 219 (EL7) are enough.

/**
 * `sync FILE` on coreutils before 8.24 warns and syncs everything, which is right too; so only its exit counts.
 * `keep NAME TEXT` writes a file of the step's folder so that it is there whole, on disk, or not at all.
 */
export const writing = `
synced() { sync "$@" 2>/dev/null; }
keep() { printf '%s\\n' "$2" >"$1.new" && synced "$1.new" && mv -f "$1.new" "$1" && synced "\${1%/*}"; }`

/** Says what is known about the step. The unit is asked first: it writes `exit` before it ends, so that order loses nothing. */
const looking = `
look() {
  shown=$(systemctl show -p LoadState -p ActiveState -p SubState -p InvocationID "$unit.service") || return 4
  echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
  printf '%s\\n' "$shown"
  [ ! -d "$folder" ] || echo folder=there
  [ ! -f "$folder/started" ] || echo "started=$(cat "$folder/started")"
  [ ! -f "$folder/exit" ] || echo "exit=$(cat "$folder/exit")"
  [ ! -f "$folder/output" ] || echo "output=$(wc -c <"$folder/output")"
  echo end=look
}`

/**
 * `last` names the step that was started last on this node, by whichever run: unit, and folder under the base. Prints it if it is another
 * one than ours and still at work. A unit that is being stopped counts as at work; none outlives a boot, since they are transient.
 */
const asking = `
otherAtWork() {
  [ -e "$base/last" ] || return 0
  lastUnit='' place='' since=''
  read -r lastUnit place <"$base/last" || :
  case "$lastUnit $place" in
    dcosctl-*' '*/*) ;;
    *) echo "$base/last names no step; remove it once no unit dcosctl-* is at work (systemctl list-units)" >&2; return 6;;
  esac
  [ "$lastUnit" != "$unit" ] || return 0
  lastShown=$(systemctl show -p ActiveState -p SubState "$lastUnit.service") || return 4
  case $lastShown in *ActiveState=inactive* | *ActiveState=failed* | *SubState=exited*) return 0;; esac
  [ ! -f "$base/$place/exit" ] || return 0
  [ ! -f "$base/$place/started" ] || read -r boot invocation by since <"$base/$place/started" || :
  echo "busy=$lastUnit $place $since"
}`

/** $1 base, $2 unit. Prints nothing unless another step is at work. */
export const otherAtWorkScript = `
set -eu
base=$1 unit=$2
${asking}
otherAtWork`

/** $1 folder, $2 unit. */
export const lookScript = `
set -u
folder=$1 unit=$2
${looking}
look`

/**
 * What systemd runs: $1 folder, $2 token. `started` is written before the step's first effect and `exit` after its last;
 * INVOCATION_ID is there from systemd 232 on.
 */
export const unitScript = `
folder=$1 token=$2
HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME PATH
exec </dev/null >>"$folder/output" 2>&1
${writing}
keep "$folder/started" "$(cat /proc/sys/kernel/random/boot_id) \${INVOCATION_ID:-none} $token $(date +%s)" || exit 90
/bin/sh "$folder/script"
code=$?
synced "$folder/output"
keep "$folder/exit" "$code" || exit 91
exit "$code"`

/**
 * $1 base, $2 run's folder, $3 folder, $4 unit, $5 token, $6 run, $7 bytes of the script on stdin, $8 the unit's script.
 * Starters wait for each other at the lock; who finds the step begun attaches to it, and who finds another one at work starts nothing.
 * Up to systemd-run nothing has happened, so a starter that dies leaves a folder that the next one may start. `last` is written before:
 * there is never a step at work that it does not name.
 */
export const startScript = `
set -eu
umask 077
base=$1 runFolder=$2 folder=$3 unit=$4 token=$5 run=$6 bytes=$7 unitScript=$8
${writing}
${looking}
${asking}
mkdir -p "$runFolder"
exec 9>"$base/lock"
flock -w 20 9 || { echo "another dcosctl holds $base/lock for 20 s" >&2; exit 5; }
seen='' by=''
if [ -e "$base/token" ]; then
  read -r seen by <"$base/token" || :
  case $seen in ''|*[!0-9]*) echo "$base/token holds no number" >&2; exit 6;; esac
  if [ "$seen" -gt "$token" ]; then echo "fenced=$seen $by"; exit 0; fi
fi
[ "$seen" = "$token" ] || keep "$base/token" "$token $run"
active=$(systemctl show -p ActiveState "$unit.service")
case $active in
  ActiveState=inactive) begun=no;;
  ActiveState=failed) begun=no; systemctl reset-failed "$unit.service";;
  *) begun=yes;;
esac
if [ $begun = yes ] || [ -f "$folder/started" ] || [ -f "$folder/exit" ]; then echo start=found; look; exit; fi
busy=$(otherAtWork)
if [ -n "$busy" ]; then echo "$busy"; exit 0; fi
mkdir "$folder" 2>/dev/null || [ -d "$folder" ]
cat >"$folder/script.new"
size=$(wc -c <"$folder/script.new")
[ "$size" -eq "$bytes" ] || { echo "only $size of $bytes bytes of the script arrived" >&2; exit 7; }
synced "$folder/script.new"
mv -f "$folder/script.new" "$folder/script"
keep "$folder/unit" "$unitScript"
synced "$runFolder" "$base"
keep "$base/last" "$unit \${folder#"$base"/}"
systemd-run --remain-after-exit --unit="$unit.service" --description="dcosctl $run" /bin/sh "$folder/unit" "$folder" "$token" >&2
echo start=begun
look`

/** $1 folder, $2 unit, $3 offset, $4 fifths of a second to wait for something new while the unit is at work. */
export const followScript = `
set -u
folder=$1 unit=$2 offset=$3 patience=$4
${looking}
case $(systemctl show -p ActiveState "$unit.service") in
  ActiveState=active | ActiveState=activating) ;;
  *) patience=0 ;;
esac
while [ "$patience" -gt 0 ] && [ ! -f "$folder/exit" ]; do
  size=$(wc -c 2>/dev/null <"$folder/output") || size=0
  [ "$size" -le "$offset" ] || break
  patience=$((patience - 1))
  sleep 0.2
done
look || exit
[ ! -f "$folder/output" ] || tail -c +$((offset + 1)) "$folder/output" | head -c 49152 | base64`
