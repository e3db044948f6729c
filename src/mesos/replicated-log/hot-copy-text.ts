// The text of the hot copy, in POSIX sh. Why its order is sound:
// - Tables never change once a manifest names them, and are deleted only after a manifest no longer does. A hard link keeps one.
// - Manifest and write-ahead logs only grow, and LevelDB never reuses the number of a live one. A hard link to a log grows with it, so a
//   log is shipped as a copy of the bytes it had at one moment: a prefix, which is a state the master really had, since it syncs each write.
// - Highest log first: once a newer log exists, the older one is complete. The other way round, a write could be lost in between.
// - If the manifest did not grow between its copy and the second linking, nothing it names was deleted meanwhile, so everything it
//   names is linked. If it grows in each of five tries, the last is shipped: the decoder on the other side sees whether a table is missing.
// Sources: google/leveldb doc/impl.md, db/db_impl.cc (RemoveObsoleteFiles), apache/mesos src/log/leveldb.cpp (sync).

/** Expects `root` and `within` to be set in front of it, and `keep` to a folder on the same disk where the copy is to stay instead of being shipped. */
export const hotCopyText = `
set -u
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

prefix=.dcosctl-replicated-log
registry_stage=
overlay_stage=
tar=

fail() {
  printf 'hot copy of the replicated log: %s\\n' "$2" >&2
  exit "$1"
}

cleanup() {
  trap '' HUP INT TERM PIPE
  [ -n "$tar" ] && kill "$tar" 2>/dev/null
  for stage in "$registry_stage" "$overlay_stage"; do
    [ -n "$stage" ] && rm -rf -- "$stage"
  done
}

# When a process started, in ticks since boot: with its id, the name of a process that no later one has.
started() {
  read -r stat 2>/dev/null < "/proc/$1/stat" || return 1
  set -- \${stat##*) }
  printf '%s' "\${20}"
}

# Staging folders carry the process that made them. Where that one is gone, it was killed and could not tidy up.
sweep() {
  for old in "$1/$prefix".*; do
    [ -d "$old" ] && [ ! -L "$old" ] || continue
    rest=\${old##*/$prefix.}
    pid=\${rest%%.*}
    rest=\${rest#*.}
    since=\${rest%%.*}
    case $pid in '' | *[!0-9]*) continue ;; esac
    case $since in '' | *[!0-9]*) continue ;; esac
    [ "$(started "$pid" 2>/dev/null)" = "$since" ] || rm -rf -- "$old"
  done
}

# Links the files with a suffix that are not linked yet. One that vanishes meanwhile was obsolete.
link_new() {
  link_from=$1 link_to=$3 link_suffix=$2
  set --
  for file in "$link_from"/[0-9]*."$link_suffix"; do
    [ -f "$file" ] && [ ! -e "$link_to/\${file##*/}" ] && set -- "$@" "$file"
  done
  [ $# -eq 0 ] && return 0
  said=$(ln -- "$@" "$link_to/" 2>&1) && return 0
  for file do
    [ -f "$file" ] && [ ! -e "$link_to/\${file##*/}" ] && fail 5 "$file cannot be linked: $said"
  done
  return 0
}

link_all() {
  link_new "$1" ldb "$2"
  link_new "$1" sst "$2"
  link_new "$1" log "$3"
}

# Owner, mode and time of the first file for the second. Returns 1 when the first vanished.
like() {
  said=$( { chown --reference="$1" -- "$2" && chmod --reference="$1" -- "$2" && touch -r "$1" -- "$2"; } 2>&1) && return 0
  [ -e "$1" ] || return 1
  fail 5 "$2 cannot be given the owner, mode and time of $1: $said"
}

# The first so many bytes of a file that may be growing.
first_bytes() {
  head -c "$1" -- "$2" > "$3" && [ "$(stat -c %s -- "$3")" = "$1" ] || fail 5 "$2 cannot be copied to $3"
}

# One try: from a live folder ($1) into a new one ($2), with a third for links to logs ($3). Returns 1 when the log moved meanwhile.
take() {
  mkdir -- "$2" "$3" || fail 5 "no folder can be made beside $1"
  link_all "$1" "$2" "$3"

  current=$(cat -- "$1/CURRENT") || fail 5 "$1/CURRENT cannot be read"
  case \${current#MANIFEST-} in '' | *[!0-9]*) fail 5 "$1/CURRENT names no manifest: $current" ;; esac
  size=$(stat -c %s -- "$1/$current" 2>/dev/null) || return 1
  head -c "$size" -- "$1/$current" > "$2/$current" 2>/dev/null || {
    [ -f "$1/$current" ] && fail 5 "$1/$current cannot be copied"
    return 1
  }
  link_all "$1" "$2" "$3"
  after=$(stat -c %s -- "$1/$current" 2>/dev/null) || return 1
  [ "$(stat -c %s -- "$2/$current")" = "$size" ] || fail 5 "$1/$current cannot be copied whole"

  for name in $(cd "$3" && printf '%s\\n' *.log | sort -rn); do
    [ -f "$3/$name" ] || continue
    first_bytes "$(stat -c %s -- "$3/$name")" "$3/$name" "$2/$name"
    like "$3/$name" "$2/$name"
  done
  rm -rf -- "$3"

  printf '%s\\n' "$current" > "$2/CURRENT" || fail 5 "$2/CURRENT cannot be written"
  like "$1/CURRENT" "$2/CURRENT"
  [ "$(cat -- "$1/CURRENT")" = "$current" ] || return 1
  like "$1/$current" "$2/$current" || return 1
  like "$1" "$2"
  [ "$after" = "$size" ] || [ "$try" -eq 5 ]
}

copy() {
  from=$1 stage=$2 log=$3
  for try in 1 2 3 4 5; do
    take "$from" "$stage/$log" "$stage/logs" && return 0
    rm -rf -- "$stage/$log" "$stage/logs"
  done
  fail 4 "$from kept changing during each of five tries; is the master restarting again and again?"
}

# Beside the log itself, wherever a symbolic link leads: hard links need the same file system.
new_stage() {
  from=$(cd -P -- "$root/$1" && pwd -P) || fail 5 "$root/$1 cannot be entered"
  sweep "\${from%/*}"
  stage=$(mktemp -d -- "\${from%/*}/$prefix.$me.XXXXXX") || fail 5 "no staging folder can be made in \${from%/*}"
}

main() {
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 141' PIPE
  trap 'exit 143' TERM

  me=$$.$(started $$) || fail 5 "/proc/$$/stat cannot be read"
  set --
  if [ -f "$root/replicated_log/CURRENT" ]; then
    new_stage replicated_log
    registry_stage=$stage
    copy "$from" "$stage" replicated_log
    set -- "$@" -C "$stage" ./replicated_log
  fi
  if [ -f "$root/overlay_replicated_log/CURRENT" ]; then
    new_stage overlay_replicated_log
    overlay_stage=$stage
    copy "$from" "$stage" overlay_replicated_log
    set -- "$@" -C "$stage" ./overlay_replicated_log
  fi
  [ $# -gt 0 ] || fail 3 "there is none in $root"

  if [ -n "\${keep-}" ]; then
    rm -rf -- "$keep"
    mkdir -- "$keep" || fail 5 "$keep cannot be made"
    for log in "$registry_stage/replicated_log" "$overlay_stage/overlay_replicated_log"; do
      [ ! -d "$log" ] || mv -- "$log" "$keep/" || fail 5 "$log cannot be kept in $keep"
    done
    return
  fi

  timeout "$within" tar -cf - "$@" &
  tar=$!
  wait "$tar"
  status=$?
  tar=
  case $status in
    0) ;;
    1) ;; # a table that is being written grew while it was read; no manifest names it yet, and the decoder ignores it
    124) fail 5 "the transfer took longer than $within seconds" ;;
    *) fail 5 "tar ended with status $status" ;;
  esac
}

# Last, so that a script that arrives cut off does nothing.
main
`
