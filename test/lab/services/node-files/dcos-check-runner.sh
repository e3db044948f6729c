#!/bin/bash
# Simulated dcos-check-runner of DC/OS 1.13 and later: same command line, same JSON, same exit codes.
# An unknown check NAME is told in JSON with exit code 0 (dcos/dcos-check-runner cmd/check.go, 1.13-2.2).
set -u
usage() { echo "Usage: dcos-check-runner check <node-prestart|node-poststart|cluster> [name...] [--list]" >&2; exit 1; }

role=agent
[ -f /etc/mesosphere/roles/master ] && role=master
ip="$(/opt/mesosphere/bin/detect_ip)"
status=0
output=""

says() { status=$1; output="$2"; }
component() { systemctl is-active --quiet "$1" || says 2 "$1 is not active"; }
metric_is_one() { # url metric
    local value
    value="$(curl -fsS -m 3 "$1/metrics/snapshot" 2>/dev/null | jq -r --arg m "$2" '.[$m]')" || value=unknown
    if [ "$value" = 1 ]; then says 0 "$2 is 1"; else says 2 "$2 is $value, expected 1"; fi
}

run_check() {
    status=0
    output=""
    case "$1" in
        components_master)
            for unit in dcos-exhibitor dcos-mesos-master dcos-marathon; do component "$unit"; done ;;
        components_agent) component dcos-mesos-slave ;;
        xz|tar|curl|unzip) command -v "$1" >/dev/null || says 2 "$1 is not installed" ;;
        ip_detect_script) [ -n "$ip" ] && says 0 "$ip is a valid IPV4 address" || says 2 "ip-detect says nothing" ;;
        mesos_master_replog_synchronized) metric_is_one "http://$ip:5050" registrar/log/recovered ;;
        mesos_agent_registered_with_masters) metric_is_one "http://$ip:5051" slave/registered ;;
        journald_dir_permissions) says 0 "" ;;
    esac
    if [ -e /var/lib/lab/faults/checks-fail ] && [ "$1" = "$first_check" ]; then says 2 "made to fail by the lab"; fi
}

[ "${1:-}" = check ] || usage
shift
kind="${1:-}"
[ -n "$kind" ] && shift
case "$kind" in
    node-prestart) checks="xz tar curl unzip" ;;
    node-poststart)
        if [ "$role" = master ]; then
            checks="components_master xz tar curl unzip ip_detect_script mesos_master_replog_synchronized journald_dir_permissions"
        else
            checks="components_agent xz tar curl unzip ip_detect_script mesos_agent_registered_with_masters journald_dir_permissions"
        fi ;;
    cluster) checks="" ;;
    *) usage ;;
esac
first_check="${checks%% *}"

list=false
wanted=""
for argument in "$@"; do
    if [ "$argument" = --list ]; then list=true; else wanted="$wanted $argument"; fi
done
missing=""
for name in $wanted; do
    case " $checks " in *" $name "*) ;; *) missing="$missing $name" ;; esac
done
if [ -n "$missing" ]; then
    jq -cn --arg names "${missing# }" \
        '{error: "One or more requested checks could not be found on this node.", checks: ($names | split(" ") | map(. + ": check not found"))}'
    exit 0
fi
[ -n "$wanted" ] && checks="$wanted"

if [ "$list" = true ]; then
    printf '%s\n' $checks |
        jq -Rcn '[inputs | select(. != "") | {(.): {description: "simulated by the lab", cmd: ["/opt/mesosphere/bin/dcos-checks", .], timeout: "30s"}}] | add // {}'
    exit 0
fi

worst=0
results=""
for name in $checks; do
    run_check "$name"
    [ "$status" -gt "$worst" ] && worst=$status
    results+="$name"$'\t'"$status"$'\t'"$output"$'\n'
done
# One jq for all of them: each takes longer to start than a check takes.
printf '%s' "$results" | jq -Rcn --argjson status "$worst" \
    '[inputs | split("\t") | {(.[0]): {status: (.[1] | tonumber), output: .[2]}}] | {$status, checks: (add // {})}'
exit "$worst"
