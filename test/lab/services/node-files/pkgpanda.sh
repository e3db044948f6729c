#!/bin/bash
# Simulated pkgpanda: fetches packages, and swaps the active set of /opt/mesosphere with install_progress beside it.
# What is swapped and in which order: dcos/dcos pkgpanda/__init__.py (Install.activate, Install.swap_active).
set -euo pipefail
root=/opt/mesosphere
systemd=/etc/systemd/system
wants=$systemd/dcos.target.wants
names="bin etc active active.buildinfo.full.json environment environment.export"

fail() { echo "pkgpanda: $*" >&2; exit 1; }

fetch() {
    local url=""
    local ids=""
    for argument in "$@"; do
        case "$argument" in
            --repository-url=*) url="${argument#--repository-url=}" ;;
            *) ids="$ids $argument" ;;
        esac
    done
    [ -n "$url" ] || fail "fetch needs --repository-url"
    for id in $ids; do
        if [ -d "$root/packages/$id" ]; then continue; fi
        local new="$root/packages/.$id.new"
        rm -rf "$new"
        mkdir -p "$new"
        curl -fsS --retry 3 "$url/packages/${id%%--*}/$id.tar.xz" | tar -xJ -C "$new" || fail "package $id could not be fetched from $url"
        mv "$new" "$root/packages/$id"
        echo "Fetched: $id"
    done
}

role() { ls /etc/mesosphere/roles | head -n 1; }

# Builds the new set beside the old one: x.new for every x that is swapped.
build_new() {
    local name
    for name in $names; do rm -rf "$root/$name.new"; done
    mkdir -p "$root/active.new" "$root/bin.new" "$root/etc.new"
    for id in "$@"; do
        local package="$root/packages/$id"
        [ -d "$package" ] || fail "package $id is not here, fetch it first"
        ln -s "$package" "$root/active.new/${id%%--*}"
        local file
        for file in "$package"/bin/* "$package"/etc/*; do
            if [ -e "$file" ]; then ln -s "$file" "$root/$(basename "$(dirname "$file")").new/$(basename "$file")"; fi
        done
    done
    printf '%s\n' "$@" |
        jq -Rn '[inputs | {id: ., name: split("--")[0]} | {(.name): {package_version: .id, name}}] | add // {}' \
        > "$root/active.buildinfo.full.json.new"
    echo "PATH=$root/bin:/usr/sbin:/usr/bin:/sbin:/bin" > "$root/environment.new"
    echo "export PATH=$root/bin:\$PATH" > "$root/environment.export.new"
}

units_of() { # folder of an active set
    local dir
    for dir in "$1"/*/dcos.target.wants "$1"/*/"dcos.target.wants_$(role)"; do
        if [ -d "$dir" ]; then ls "$dir"; fi
    done
}

progress() { # stage
    printf '{"stage": "%s", "extension": ".new"}\n' "$1" > "$root/install_progress.tmp"
    mv "$root/install_progress.tmp" "$root/install_progress"
}

link_units() {
    mkdir -p "$wants"
    find "$wants" "$systemd" -maxdepth 1 -type l -name 'dcos-*' -delete
    local dir unit
    for dir in "$root"/active/*/dcos.target.wants "$root"/active/*/"dcos.target.wants_$(role)"; do
        [ -d "$dir" ] || continue
        for unit in "$dir"/*; do
            ln -sf "$unit" "$systemd/$(basename "$unit")"
            ln -sf "$unit" "$wants/$(basename "$unit")"
        done
    done
}

# Each name is moved on its own, so that a swap that was cut off can be finished by doing what is left of it.
swap() {
    local name
    progress archive
    for name in $names; do
        if [ -e "$root/$name" ] && [ -e "$root/$name.new" ]; then
            rm -rf "$root/$name.old"
            mv "$root/$name" "$root/$name.old"
        fi
    done
    progress move_new
    for name in $names; do
        if [ -e "$root/$name.new" ]; then mv "$root/$name.new" "$root/$name"; fi
    done
    link_units
    systemctl daemon-reload
}

start_all() { systemctl "$@" start dcos.target; }

activate() {
    local block=()
    local ids=()
    for argument in "$@"; do
        case "$argument" in
            --no-block) block=(--no-block) ;;
            *) ids+=("$argument") ;;
        esac
    done
    [ ${#ids[@]} -gt 0 ] || fail "activate needs package ids"
    [ ! -e "$root/install_progress" ] || fail "found an install in progress: $(cat "$root/install_progress")"
    build_new "${ids[@]}"
    progress archive
    local units
    mapfile -t units < <(ls "$wants")
    if [ ${#units[@]} -gt 0 ]; then systemctl stop "${units[@]}"; fi
    sleep "$(cat /var/lib/lab/settings/upgrade-seconds 2>/dev/null || echo 4)"
    swap
    start_all "${block[@]}"
    # dcos.target may be active already: its units are then started by name
    mapfile -t units < <(ls "$wants")
    systemctl "${block[@]}" start "${units[@]}"
    rm -f "$root/install_progress"
}

# Finishes a swap that was cut off, as dcos-setup.service does at boot.
setup() {
    if [ ! -e "$root/install_progress" ]; then echo "Nothing to do"; return; fi
    if [ -d "$root/active.new" ] || [ ! -d "$root/active" ]; then swap; fi
    link_units
    systemctl daemon-reload
    rm -f "$root/install_progress"
}

main() {
    local verb="${1:-}"
    [ $# -gt 0 ] && shift
    case "$verb" in
        fetch) fetch "$@" ;;
        activate) activate "$@" ;;
        setup) setup ;;
        active) for link in "$root"/active/*; do basename "$(readlink "$link")"; done ;;
        list) ls "$root/packages" ;;
        *) fail "the simulated pkgpanda knows fetch, activate, setup, active and list" ;;
    esac
    exit 0
}
main "$@"
