#!/bin/bash
# Runs a command in the DC/OS environment; without one, a shell.
set -e
. /opt/mesosphere/environment.export
if [ $# -eq 0 ]; then exec /bin/bash; fi
exec "$@"
