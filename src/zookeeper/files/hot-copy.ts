// The script that copies a running ZooKeeper's files on its own node: POSIX sh with the coreutils and tar of EL7.

/** Shell as it is written, but for `$\\{`, which stands for the shell's own `${`. */
const shell = (text: TemplateStringsArray, ...values: readonly string[]): string =>
  String.raw(text, ...values).replaceAll('$\\{', '$' + '{')

/** Where DC/OS keeps `snapshot/` and `transactions/` (dcos/dcos packages/exhibitor/extra/start_exhibitor.py). */
export const DCOS_ZOOKEEPER_ROOT = '/var/lib/dcos/exhibitor/zookeeper'

/** Staging folders are named so, beside the data, with the script's process id behind it. */
export const STAGING_PREFIX = '.dcosctl-hot-copy.'

/** What the script says on stderr (with the snapshot's name behind it) before it waits for a line on stdin. */
export const SNAPSHOT_LINKED = 'dcosctl-hot-copy: linked'

/** `named FOLDER snapshot|log`. */
const NAMED = shell`# "zxid name" of the files named so, oldest first. Names are hex without padding: the shorter one is the lesser.
named() {
  for file in "$1/$2".*; do
    name=$\{file##*/}
    digits=$\{name#*.}
    [ "$2" = log ] || { digits=$\{digits%.gz}; digits=$\{digits%.snappy}; }
    case $digits in '' | *[!0-9a-f]*) continue ;; esac
    echo "$\{#digits} $digits $name"
  done | sort -k1,1n -k2,2 | cut -d' ' -f2-
}
`

/** `data_end FILE`. */
const DATA_END = shell`# How many bytes of a log to ship: all that are not padding, and some padding, which shows that nothing was cut off.
# Looked for from the end, in ever smaller blocks; a sparse file's holes cost no disk.
data_end() {
  size=$(stat -c %s "$1")
  end=$size
  for block in 4194304 262144 16384; do
    while [ "$end" -gt 0 ]; do
      at=$(((end - 1) / block))
      [ "$(dd if="$1" bs="$block" skip="$at" count=1 2>/dev/null | tr -d '\000' | wc -c)" -eq 0 ] || break
      end=$((at * block))
    done
  done
  end=$((end + 4096))
  if [ "$end" -lt "$size" ]; then echo "$end"; else echo "$size"; fi
}
`

/**
 * `sh -c SCRIPT member ROOT`: what a member's files say of where it stands, for when nobody answers for it. A line each: `currentEpoch N`,
 * `snapshot NAME` of the newest, `log NAME` of each, oldest first.
 */
export const memberScript = shell`set -eu
LC_ALL=C
export LC_ALL
root=$1
${NAMED}
for name in acceptedEpoch currentEpoch; do
  [ ! -e "$root/snapshot/version-2/$name" ] || echo "$name $(cat "$root/snapshot/version-2/$name")"
done
named "$root/snapshot/version-2" snapshot | sed 's/^[^ ]* /snapshot /'
named "$root/transactions/version-2" log | sed 's/^[^ ]* /log /'
echo end
`

/** `sh -c SCRIPT log ROOT NAME`: that log on stdout, without most of its padding. */
export const logScript = shell`set -eu
LC_ALL=C
export LC_ALL
${DATA_END}
head -c "$(data_end "$1/transactions/version-2/$2")" "$1/transactions/version-2/$2"
`

/**
 * Run it as root: `sh -c SCRIPT hot-copy ROOT [ask | keep FOLDER]`. On stdout comes a tar with `./zookeeper/snapshot/version-2/…`
 * (the newest complete snapshot, the epochs) and then `./zookeeper/transactions/version-2/…` (the logs it needs, without
 * most of their padding), as dcos-zk lays it out, without myid.
 *
 * The order is what makes the copy exact: the snapshot is complete before the logs are looked at, and a server logs
 * before it applies, so that every transaction that is partly in the snapshot is in the logs. With `ask` the script says
 * `SNAPSHOT_LINKED` on stderr and goes on at the next line on stdin: a zxid that the member reports between the two
 * (`srvr`) must be in the logs, which is how the copy is proven.
 *
 * With `keep`, for a server that is stopped, nothing is printed: what would be shipped stays in FOLDER (on the same disk) with a list of it in
 * FOLDER/names, for `keptScript`. Logs are real copies there: a server that starts again may cut a tail off its last log, or begin a log of
 * the same name anew, in place (zookeeper FileTxnLog.java truncate, append). The snapshot is a link: rewritten, it would hold the same tree.
 *
 * Everything is hard-linked into a folder beside the data first, so that a purge can't take it away. The folder
 * goes with the script; one that a killed script left is removed by the next. Exit 3: no complete snapshot or files kept
 * vanishing (try another member); other failures: what failed is on stderr. ZooKeeper's own files are never written to.
 */
export const hotCopyScript = shell`set -eu
umask 077
LC_ALL=C
export LC_ALL
root=$1
ask=$\{2-}
keep=$\{3-}
snapshots=$root/snapshot/version-2
logs=$root/transactions/version-2

say() { echo "dcosctl-hot-copy: $*" >&2; }

# Which process a pid is: this boot and its start time, so that a pid used again is not taken for it.
identity() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  set -- $\{stat##*) }
  echo "$(cat /proc/sys/kernel/random/boot_id) $\{20}"
}

for old in "$root"/${STAGING_PREFIX}*; do
  [ -d "$old" ] || continue
  now=$(identity "$\{old##*.}")
  if [ -n "$now" ] && [ "$(cat "$old/owner" 2>/dev/null || echo "$now")" = "$now" ]; then continue; fi
  say "removing what a killed copy left: $old"
  rm -rf -- "$old"
done

stage=$root/${STAGING_PREFIX}$$
trap 'rm -rf -- "$stage"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
mkdir -m 700 "$stage"
identity $$ > "$stage/owner"

${NAMED}
# A snapshot is written straight to its name; its last five bytes are a length of 1 and "/".
complete() {
  case $1 in
    *.snappy) return 0 ;;
    *.gz) end=$(gzip -dc < "$1" 2>/dev/null | tail -c 5 | od -An -tx1 | tr -d ' \n') ;;
    *) end=$(tail -c 5 "$1" | od -An -tx1 | tr -d ' \n') ;;
  esac
  [ "$end" = 000000012f ]
}

# Folders of the archive belong to whom the real ones belong.
folders() {
  rm -rf -- "$stage/zookeeper"
  for part in . snapshot snapshot/version-2 transactions transactions/version-2; do
    mkdir -p "$stage/zookeeper/$part"
  done
}

like() {
  chown --reference="$1" "$2"
  chmod --reference="$1" "$2"
  touch -r "$1" "$2"
}

link_snapshot() {
  newest=
  for name in $(named "$snapshots" snapshot | cut -d' ' -f2); do
    if complete "$snapshots/$name"; then newest=$name; fi
  done
  [ -n "$newest" ] || { say "no complete snapshot in $snapshots"; return 1; }
  ln "$snapshots/$newest" "$stage/zookeeper/snapshot/version-2/$newest"
}

# The last log named at most one above the snapshot, and all later ones.
link_logs() {
  digits=$\{newest#*.}
  digits=$\{digits%.gz}
  behind=$((0x$\{digits%.snappy} + 1))
  needed=
  named "$logs" log > "$stage/logs"
  while read -r digits name; do
    if [ $((0x$digits)) -le "$behind" ]; then needed=$name; else needed="$needed $name"; fi
  done < "$stage/logs"
  for name in $needed; do
    to=$stage/zookeeper/transactions/version-2/$name
    [ -e "$to" ] || ln "$logs/$name" "$to" || return 1
  done
}

${DATA_END}
# A log that is mostly padding is shipped from a copy of its data; where the disk has no room for that, as it is.
strip() {
  end=$(data_end "$1")
  [ "$end" -lt "$(stat -c %s "$1")" ] || return 0
  set -- "$1" $(df -Pk "$root" | tail -n 1)
  [ $((end / 1024 + 262144)) -lt "$5" ] || { say "little room on the disk: shipping $\{1##*/} with its padding"; return 0; }
  head -c "$end" "$1" > "$stage/data"
  like "$1" "$stage/data"
  mv -f "$stage/data" "$1"
}

tries=5
until folders && link_snapshot; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { say "gave up: found no complete snapshot to link in $snapshots"; exit 3; }
done

if [ "$ask" = ask ]; then
  echo "${SNAPSHOT_LINKED} $newest" >&2
  read -r _ || { say "nobody answered"; exit 4; }
fi

tries=5
until link_logs; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { say "gave up: logs kept vanishing from $logs"; exit 3; }
done

epochs=
for name in acceptedEpoch currentEpoch; do
  [ -e "$snapshots/$name" ] || continue
  ln "$snapshots/$name" "$stage/zookeeper/snapshot/version-2/$name"
  epochs="$epochs ./zookeeper/snapshot/version-2/$name"
done

shipped=
for name in $needed; do
  strip "$stage/zookeeper/transactions/version-2/$name"
  shipped="$shipped ./zookeeper/transactions/version-2/$name"
done
for part in snapshot/version-2 snapshot transactions/version-2 transactions .; do
  like "$root/$part" "$stage/zookeeper/$part"
done

set -- ./zookeeper ./zookeeper/snapshot ./zookeeper/snapshot/version-2 "./zookeeper/snapshot/version-2/$newest" $epochs \
  ./zookeeper/transactions ./zookeeper/transactions/version-2 $shipped
if [ "$ask" = keep ]; then
  for file in $shipped; do
    [ "$(stat -c %h "$stage/$file")" -eq 1 ] || { cp -p "$stage/$file" "$stage/data" && mv -f "$stage/data" "$stage/$file"; }
  done
  printf '%s\n' "$@" > "$stage/names"
  rm -rf -- "$keep"
  mv -T "$stage" "$keep"
  exit
fi

# 1: a file changed while it was read. The last log grows, and a purge changes a link's count; who reads it checks it all.
tar -C "$stage" --no-recursion -cf - "$@" || [ $? -eq 1 ]
`

/** `sh -c SCRIPT kept FOLDER`: what `keep` left there, as the tar that it would have shipped. */
export const keptScript = shell`set -eu
tar -C "$1" --no-recursion -cf - -T "$1/names" || [ $? -eq 1 ]
`
