// The shell of a swap, run by root on a master: POSIX sh, coreutils and systemd of EL7. Each may be run again after it was cut off anywhere.
//
// The folder of a run, `.dcosctl-restore-RUN` beside the data:
//   new/NAME    what is to come, until it is in place
//   old/NAME    what was there, from then on; never deleted
//   laid        the image is whole: its digest, its epoch, what it was made of
//   prepared    uptime (s) at which this master was ready for its mark; goes when it puts the old data back
//   ready       it was prepared once: where a master lacks it nobody can have a mark; goes when the old data was found to be the right one
//   mark        the swap is committed: from now on the new data is started, until then the old is put back

/** `$1` root, `$2` folder, `$3` unit, `$4` port, `$5` whether it waits, `$6` places: `AT NAME` a line. */
const places = `
set -eu
umask 077
LC_ALL=C
export LC_ALL
root=$1 folder=$2 unit=$3 port=$4 waits=$5 places=$6
fail() { echo "$*" >&2; exit 4; }
keep() { printf '%s\\n' "$2" >"$1.new" && sync && mv -f "$1.new" "$1" && sync; }
each() { printf '%s\\n' "$places" | while read -r at name; do "$@" || exit; done; }
`

/** Renames that lead from any state between old and new to one of the two. */
const swapping = `
forward() {
  [ -d "$folder/new/$name" ] || return 0
  if [ -e "$root/$at" ]; then
    [ ! -e "$folder/old/$name" ] || fail "both $root/$at and $folder/old/$name are there: somebody put data in place meanwhile"
    mv -T "$root/$at" "$folder/old/$name" || return
  fi
  mv -T "$folder/new/$name" "$root/$at"
}
back() {
  if [ ! -e "$folder/new/$name" ] && [ -e "$root/$at" ]; then mv -T "$root/$at" "$folder/new/$name" || return; fi
  [ -e "$folder/old/$name" ] || return 0
  [ ! -e "$root/$at" ] || fail "both $root/$at and $folder/old/$name are there: somebody put data in place meanwhile"
  mv -T "$folder/old/$name" "$root/$at"
}
isForward() { [ ! -e "$folder/new/$name" ]; }
isOld() { [ -e "$folder/new/$name" ] && [ ! -e "$folder/old/$name" ]; }
# Of the data: whoever moves it has this lock, and gives it back before the unit starts, which settles first.
lockData() { exec 8>"$folder/lock"; flock -w 60 8 || fail "somebody has moved data in $folder for 60 s"; }
unlockData() { exec 8>&-; }
`

/** What systemd runs before the unit, whoever starts it: a timer, a boot, a person. */
export const settleScript = `${places}${swapping}
[ -f "$folder/laid" ] || exit 0
lockData
if [ -f "$folder/mark" ]; then each forward
elif [ -f "$folder/prepared" ] && [ "$waits" = yes ]; then
  fail "whether the old or the new data is in place elsewhere only the run knows: dcosctl run resume"
else
  rm -f "$folder/prepared"
  each back
fi
sync`

/**
 * One at a time on a master, and none of a driver that was followed by another: its token is lower than the one that the master has seen.
 * More arguments: `$7` token, `$8` run.
 */
const alone = `
token=$7 run=$8
base=/var/lib/dcosctl
mkdir -p "$base"
exec 9>"$base/restore.lock"
flock -w 150 9 || fail "another dcosctl has been at work here for 150 s"
seen='' by=''
[ ! -e "$base/token" ] || read -r seen by <"$base/token" || :
case $seen in '' | *[!0-9]*) seen=0;; esac
[ "$seen" -le "$token" ] || fail "this master obeys run $by, whose token $seen is higher than our $token"
[ "$seen" = "$token" ] || keep "$base/token" "$token $run"
uptime() { read -r seconds rest </proc/uptime; echo "\${seconds%.*}"; }
isStopped() {
  case $(systemctl show -p ActiveState "$unit") in *=inactive | *=failed) ;; *) return 1;; esac
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ ! -r "$table" ] || ! grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$port") [0-9A-F:]* 0A" "$table" || return 1
  done
}
`

const script = (body: string): string => `${places}${swapping}${alone}${body}`

const guardUnit = `dcosctl-settle-\${unit%.service}.service`

const state = `
there() { if [ -e "$2" ]; then echo "$1=yes"; else echo "$1=no"; fi; }
echo "laid=$(cat "$folder/laid" 2>/dev/null || :)"
there mark "$folder/mark"
there ready "$folder/ready"
there guard "/etc/systemd/system/$unit.d/dcosctl-restore.conf"
echo "active=$(systemctl show -p ActiveState "$unit" | cut -d= -f2)"`

/** Says how this master stands, changes nothing. `$1` root, `$2` folder, `$3` unit, `$4` port, `$5`, `$6` places. */
export const stateScript = `${places}${state}`

/** The same once all that was begun here before has ended; what an earlier driver begins later is refused. */
export const settledStateScript = script(state)

/** `$9` the settle script, whose first line sets its own arguments. From here on the unit starts only on settled data. */
export const stopScript = script(`
[ -f "$folder/laid" ] || fail "$folder holds no whole image"
[ ! -f "$folder/mark" ] || exit 0
guard=${guardUnit}
keep "$folder/settle" "$9"
mkdir -p "/etc/systemd/system/$unit.d"
chmod 755 "/etc/systemd/system/$unit.d"
umask 022
keep "/etc/systemd/system/$guard" "[Unit]
Description=dcosctl $run: all of the old data in place, or all of the new, before $unit starts
[Service]
Type=oneshot
ExecStart=/bin/sh $folder/settle"
keep "/etc/systemd/system/$unit.d/dcosctl-restore.conf" "[Unit]
Requires=$guard
After=$guard"
umask 077
systemctl daemon-reload
systemctl stop "$unit"
isStopped || fail "$unit was stopped, and somebody still listens on port $port"`)

/** `$9`: the epoch that every file's must be below, or none. */
export const swapScript = script(`
[ ! -f "$folder/mark" ] || exit 0
lockData
isStopped || fail "$unit is not stopped"
limit=$9
below() {
  [ "$1" -lt "$limit" ] || fail "$2 is of epoch $1, not below that of the image, $limit"
}
if [ "$limit" != none ]; then
  for file in "$root"/snapshot/version-2/snapshot.* "$root"/transactions/version-2/log.*; do
    [ -e "$file" ] || continue
    hex=\${file##*/}; hex=\${hex#*.}; hex=\${hex%%.*}
    [ "\${#hex}" -gt 8 ] || continue
    case $hex in *[!0-9a-f]*) continue;; esac
    [ -e "$folder/new/snapshot" ] || continue
    below "$(printf %d "0x\${hex%????????}")" "$file"
  done
fi
mkdir -p "$folder/old"
each forward
sync`)

/** From here on this master waits for its mark; it is given within so many seconds or not at all. */
export const prepareScript = script(`
[ ! -f "$folder/mark" ] || exit 0
lockData
isStopped || fail "$unit is not stopped"
each isForward || fail "the new data is not in place"
keep "$folder/ready" "$run"
keep "$folder/prepared" "$(uptime)"`)

/** `$9`: seconds from its being prepared within which the mark is given. Starts the new data at once. */
export const markScript = script(`
if [ ! -f "$folder/mark" ]; then
  lockData
  isStopped || fail "$unit is not stopped"
  each isForward || fail "the new data is not in place"
  [ -f "$folder/prepared" ] || fail "it was not prepared, or put the old data back"
  read -r since <"$folder/prepared"
  now=$(uptime)
  [ "$now" -ge "$since" ] && [ "$now" -le $((since + $9)) ] || fail "it has waited for longer than $9 s"
  keep "$folder/mark" "$run"
  unlockData
fi
systemctl start --no-block "$unit"`)

/**
 * A member that came back with its old data beside one that had its mark was given the new data by that one, and may have what was written since:
 * its epoch tells, and the image must not replace that.
 */
const joining = `
hasJoined() {
  epoch=$(sed 's/.* epoch=\\([^ ]*\\).*/\\1/' "$folder/laid")
  case $epoch in '' | *[!0-9]*) return 1;; esac
  now=''
  read -r now <"$root/snapshot/version-2/currentEpoch" || :
  case $now in '' | *[!0-9]*) return 1;; esac
  [ "$now" -ge "$epoch" ]
}
`

/** `$9`: new or old. Leaves the unit running on that data, and what guarded its start taken away. */
export const finishScript = script(`${joining}
want=$9
if [ -f "$folder/laid" ]; then
  lockData
  if [ "$want" = new ] && [ ! -f "$folder/mark" ]; then
    if [ -d "$folder/new" ] && ! each isForward && hasJoined 2>/dev/null; then mv -T "$folder/new" "$folder/unused"
    else
      isStopped || systemctl stop "$unit"
      isStopped || fail "$unit can't be stopped"
      mkdir -p "$folder/old"
      each forward
    fi
    keep "$folder/mark" "$run"
  fi
  if [ "$want" = old ]; then
    [ ! -f "$folder/mark" ] || fail "it has the mark of the new data"
    rm -f "$folder/prepared" "$folder/ready"
    if ! each isOld; then
      isStopped || systemctl stop "$unit"
      each back
      sync
    fi
  fi
  unlockData
fi
timeout 140 systemctl start "$unit"
case $(systemctl show -p ActiveState "$unit") in *=active | *=activating) ;; *) fail "$unit does not start: journalctl -u $unit";; esac
rm -f "/etc/systemd/system/$unit.d/dcosctl-restore.conf" "/etc/systemd/system/${guardUnit}"
rmdir "/etc/systemd/system/$unit.d" 2>/dev/null || :
rm -f "$folder/prepared"
systemctl daemon-reload
sync`)

/** `$7` token, `$8` run, `$9` room needed (KiB). An image of an earlier try goes; what was swapped never does. */
export const makeRoomScript = script(`
if [ -f "$folder/mark" ]; then fail "$folder has the mark of a swap that was done"; fi
if [ -d "$folder/old" ] && [ -n "$(ls -A "$folder/old")" ]; then fail "$folder/old holds data that was swapped out"; fi
rm -rf "$folder"
mkdir "$folder"
mkdir "$folder/new"
free=$(df -Pk "$root" | awk 'NR == 2 { print $4 }')
[ "$free" -ge "$9" ] || fail "$root has $free KiB free, $9 KiB are needed"
make() { mkdir "$folder/new/$name"; }
each make
onOneFileSystem() { [ ! -e "$root/$at" ] || [ "$(stat -c %d "$root/$at")" = "$(stat -c %d "$root")" ] || fail "$root/$at is on another file system than $root"; }
each onOneFileSystem`)

/** `$9` what `sha256sum -c` reads, `$10` what is written into `laid`. Owner and mode become those of what is replaced. */
export const laidScript = script(`
cd "$folder/new"
[ -z "$9" ] || printf '%s\\n' "$9" | sha256sum -c --status - || fail "the image did not arrive as it was sent"
like() {
  model=$root/$at
  [ -e "$model" ] || model=$root/\${at%%/*}
  [ -e "$model" ] || model=$root
  chown -R --reference="$model" "$folder/new/$name"
  chmod --reference="$model" "$folder/new/$name"
}
each like
sync
keep "$folder/laid" "\${10}"`)

/** `$1` file, `$2` its length so far; what stands behind it, of a piece that was cut off, goes. */
export const pieceScript = `
set -eu
umask 077
file=$1 at=$2
touch "$file"
truncate -s "$at" "$file"
cat >>"$file"`

/** `$1` root of ZooKeeper. The highest epoch that its files know; nothing where there are none. */
export const epochScript = `
set -eu
LC_ALL=C
export LC_ALL
top=0
higher() { [ "$1" -le "$top" ] || top=$1; }
for file in "$1"/snapshot/version-2/snapshot.* "$1"/transactions/version-2/log.*; do
  hex=\${file##*/}; hex=\${hex#*.}; hex=\${hex%%.*}
  case $hex in '' | *[!0-9a-f]*) continue;; esac
  [ "\${#hex}" -gt 8 ] || continue
  higher "$(printf %d "0x\${hex%????????}")"
done
for file in acceptedEpoch currentEpoch updatingEpoch currentEpoch.tmp; do
  [ -f "$1/snapshot/version-2/$file" ] || continue
  read -r epoch <"$1/snapshot/version-2/$file" || :
  case $epoch in '' | *[!0-9]*) ;; *) higher "$epoch";; esac
done
echo "$top"`
