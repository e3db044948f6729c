#!/bin/bash
# Only says its version; the simulated master itself is started by its unit.
here="$(dirname "$(readlink -f "$0")")"
if [ "$1" = "--version" ]; then
    echo "mesos $(cat "$here/../etc/mesos-version")"
    exit 0
fi
echo "mesos-master (simulated) only knows --version" >&2
exit 1
