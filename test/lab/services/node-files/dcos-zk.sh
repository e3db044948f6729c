#!/bin/bash
# Simulated dcos-zk: backup and restore of a stopped ZooKeeper's files, as dcos/dcos packages/exhibitor/extra/dcos_zk_backup.py does it.
set -e
home=/var/lib/dcos/exhibitor
usage() { echo 'usage: dcos-zk backup NEW.tar.gz [-t DIR] [-v] | dcos-zk restore TAR [-t DIR] [-v]'; exit 2; }

[ "$(id -u)" -eq 0 ] || { echo 'This program must be run as root.'; exit 1; }
what=$1 archive=$2 temporary=/tmp
[ $# -ge 2 ] || usage
shift 2
while [ $# -gt 0 ]; do
  case $1 in
    -t) temporary=$2; shift 2 ;;
    -v) shift ;;
    *) usage ;;
  esac
done

# The pid file stays when Exhibitor stops; without it the real program ends with an unhandled exception.
[ -e "$home/zk.pid" ] || { echo "FileNotFoundError: $home/zk.pid" >&2; exit 1; }
if kill -0 "$(cat "$home/zk.pid")" 2>/dev/null; then echo 'ZooKeeper must not be running. Aborting.'; exit 1; fi

copy=$(mktemp -d "$temporary/dcos-zk.XXXXXX")
case $what in
  backup)
    [ ! -e "$archive" ] || { echo "$archive exists already."; exit 1; }
    cp -a "$home/zookeeper" "$copy/"
    tar -C "$copy" --exclude=myid --exclude=zookeeper.out -czf "$archive" ./zookeeper
    rm -rf "$copy"
    ;;
  restore)
    cp -a "$home/zookeeper" "$copy/"
    rm -rf "$home/zookeeper"
    tar -C "$home" -xzf "$archive"
    rm -rf "$copy"
    ;;
  *) usage ;;
esac
echo "ZooKeeper $what done."
