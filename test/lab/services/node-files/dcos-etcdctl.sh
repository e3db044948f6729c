#!/bin/bash
# Simulated: only `backup FILE`, of a snapshot with nothing in it, but with the digest that etcd appends (dcos/dcos packages/etcd/extra).
set -eu
[ "${1:-}" = backup ] && [ $# -eq 2 ] || { echo 'simulated by the dcosctl lab: usage: dcos-etcdctl backup FILE' >&2; exit 2; }
[ -e "$2" ] && { echo "dcos-etcdctl backup: error: argument backup_path: $2 already exists" >&2; exit 2; }
echo "Backing up etcd into $2 (simulated by the dcosctl lab)"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
head -c 8192 /dev/zero >"$folder/pages"
digest=$(sha256sum <"$folder/pages" | cut -c1-64 | sed 's/../\\x&/g')
{ cat "$folder/pages"; printf '%b' "$digest"; } >"$folder/etcd_snapshot.db"
tar -czf "$2" -C "$folder" etcd_snapshot.db
echo "etcd snaptshot is archieved under $2"
