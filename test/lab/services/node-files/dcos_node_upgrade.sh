#!/bin/bash
#
# SIMULATED node upgrade script of the dcosctl lab. Written for the lab; behaves as the script that DC/OS 2.2 generates
# (dcos/dcos dcos_installer/upgrade.py), its ineffective checks included.
#
# Metadata:
#   dcos image commit: {{ dcos_image_commit }}
#   generation date: {{ generation_date }}

set -o errexit -o pipefail -o nounset

source /opt/mesosphere/environment.export

# A fault of the lab: exit 0 without any effect.
if [ -e /var/lib/lab/faults/script-does-nothing ]; then
    exit 0
fi

SKIP_CHECKS=false
VERBOSE=false

# As in the real one: a bare word is neither taken nor refused, so the loop never ends.
while (( "$#" )); do
    case "$1" in
        --skip-checks) SKIP_CHECKS=true; shift; echo "Skipping checks" ;;
        -v|--verbose) VERBOSE=true; shift; echo "Verbose mode on" ;;
        -*)
            echo "Error: Unsupported flag $1" >&2
            exit 1
            ;;
    esac
done

if [[ $EUID -ne 0 ]]; then
    echo "This script must be run as root" 1>&2
    exit 1
fi

found_version=`grep "version" /opt/mesosphere/etc/dcos-version.json | cut -d '"' -f 4`
if [[ "$found_version" != "{{ installed_cluster_version }}" ]]; then
    echo "ERROR: Expecting to upgrade DC/OS from {{ installed_cluster_version }} to {{ installer_version }}." \
        "Version found on node: $found_version"
    exit 1
fi

# Both words reach the runner as one kind and one check name; it does not know that name and exits 0.
runner=/opt/mesosphere/bin/dcos-check-runner
if [[ "$SKIP_CHECKS" = "false" ]]; then
    for kind in "node-poststart cluster"; do
        if ! said="$($runner check $kind 2>&1)"; then
            echo "Cannot proceed with upgrade, $kind checks failed"
            echo >&2 "$said"
            exit 1
        fi
    done
fi

roles="$(ls /etc/mesosphere/roles 2>/dev/null | grep -cxE 'master|slave|slave_public' || true)"
if [[ "$roles" -ne 1 ]]; then
    echo "ERROR: Can't determine this node's role." \
        "One of master, slave, or slave_public must be present under /etc/mesosphere/roles."
    exit 1
fi
case "$(ls /etc/mesosphere/roles)" in
    master) role_name="master" ;;
    slave) role_name="agent" ;;
    *) role_name="public agent" ;;
esac

if [[ "$VERBOSE" = "true" ]]; then exec 3>&1; else exec 3>/dev/null; fi

# The lab counts real executions, to tell a node that was upgraded twice.
mkdir -p /var/lib/lab
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) {{ installed_cluster_version }} {{ installer_version }}" >> /var/lib/lab/upgrade-executions

echo "Upgrading DC/OS $role_name {{ installed_cluster_version }} -> {{ installer_version }}"
pkgpanda fetch --repository-url={{ bootstrap_url }} {{ cluster_packages }} >&3
pkgpanda activate {{ cluster_packages }} >&3

# "&&" and what follows are words for the runner here, not a second command.
if [[ "$SKIP_CHECKS" = "false" ]]; then
    tries=300
    set +o errexit
    cmd="$runner check node-poststart && $runner check cluster"
    until said="$($cmd 2>&1)" || [[ $tries -eq 0 ]]; do
        sleep 1
        tries=$((tries - 1))
    done
    code=$?
    if [[ $code -ne 0 ]]; then
        echo "Node upgrade not successful, checks failed"
        echo >&2 "$said"
    fi
    exit $code
fi
