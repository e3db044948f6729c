// The shell that lays a claim on a master's disk, looks at it and takes it away. POSIX sh and coreutils 8.22 (EL7) are enough.
import { writing } from '../ssh/step-scripts.ts'

/** What stands there. A claim that is being swapped while it is read is read once more. */
const looking = `
look() {
  token=0
  [ ! -e "$base/token" ] || read -r token rest <"$base/token" || :
  echo "token=$token"
  [ ! -e "$base/released" ] || sed 's/^/released=/' "$base/released"
  file=$base/claim/claim.json
  text=$(cat "$file" 2>/dev/null) || text=$(cat "$file" 2>/dev/null) || text=''
  if [ -n "$text" ]; then
    printf 'claim=%s\\n' "$text"
    echo "age=$(($(date +%s) - $(stat -c %Y "$file" 2>/dev/null || date +%s)))"
  elif [ -e "$base/claim" ]; then
    echo "$base/claim is there and holds no claim.json" >&2
    return 6
  fi
  echo end=look
}`

/** $1 base. Changes nothing. */
export const lookScript = `
set -u
base=$1
${looking}
look`

/** $1 base, $2 the claim that should stand there. Its time tells others that its driver lives. */
export const beatScript = `
set -u
base=$1 expected=$2
${looking}
[ "$(cat "$base/claim/claim.json" 2>/dev/null)" != "$expected" ] || touch "$base/claim/claim.json"
look`

/**
 * $1 base, $2 the claim that should stand there ('' for none), $3 what is to stand there instead ('' for none), $4 token and run that the node is to
 * remember ('' for none), $5 run whose claim is worth nothing from now on ('' for none). Does nothing where something else stands there or a
 * higher token is remembered; what stands there afterwards is printed in any case. A claim appears and goes with its content, by one rename(2):
 * onto a folder that is not empty it fails.
 */
export const changeScript = `
set -eu
umask 077
base=$1 expected=$2 next=$3 remember=$4 released=$5
${writing}
${looking}
mkdir -p "$base"
exec 9>"$base/lock"
flock -w 20 9 || { echo "another dcosctl holds $base/lock for 20 s" >&2; exit 5; }
rm -rf "$base/claim.new" "$base/claim.gone"
now=''
[ ! -e "$base/claim" ] || now=$(cat "$base/claim/claim.json")
known=''
[ ! -e "$base/token" ] || known=$(cat "$base/token")
if [ -n "$remember" ] && [ "$known" != "$remember" ] && [ -n "$known" ] && [ "\${known%% *}" -ge "\${remember%% *}" ]; then
  look
  exit
fi
if [ "$now" = "$expected" ]; then
  if [ -n "$released" ] && ! grep -qxF -e "$released" "$base/released" 2>/dev/null; then
    keep "$base/released" "$( { tail -n 99 "$base/released" 2>/dev/null || :; printf '%s\\n' "$released"; } )"
  fi
  [ -z "$remember" ] || keep "$base/token" "$remember"
  if [ -n "$next" ] && [ -n "$now" ]; then
    keep "$base/claim/claim.json" "$next"
  elif [ -n "$next" ]; then
    mkdir "$base/claim.new"
    keep "$base/claim.new/claim.json" "$next"
    mv -T "$base/claim.new" "$base/claim"
    synced "$base"
  elif [ -n "$now" ]; then
    mv -T "$base/claim" "$base/claim.gone"
    synced "$base"
    rm -rf "$base/claim.gone"
  fi
fi
look`
