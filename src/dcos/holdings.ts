// What a master and a bootstrap host have beside what every one has, by one script each. Pure parsers beside them.

/** dcos/dcos: units are linked below /etc/systemd/system; the two programs come with the packages cockroach and etcd. */
export const masterHoldsScript = `
has() { if "$@" >/dev/null 2>&1; then echo "$name=yes"; else echo "$name=no"; fi; }
name=metronome has systemctl cat dcos-metronome.service
name=iam-program has test -x /opt/mesosphere/bin/iam-database-backup
name=iam-data has test -d /var/lib/dcos/cockroach
name=etcd-program has test -x /opt/mesosphere/bin/dcos-etcdctl
name=etcd-data has test -d /var/lib/dcos/etcd
`

export interface MasterHolds {
  readonly metronome: boolean
  /** True, or why it can't be copied. */
  readonly iam: true | string
  readonly etcd: true | string
}

/** @throws Error where the script said less than it should. */
export function readMasterHolds(output: string): MasterHolds {
  const has = (name: string): boolean => {
    const said = new RegExp(`^${name}=(yes|no)$`, 'm').exec(output)?.[1]
    if (said === undefined) throw new Error(`the script that looks what a master has did not say ${name}`)
    return said === 'yes'
  }
  const copied = (what: 'iam' | 'etcd', program: string): true | string => {
    if (has(`${what}-program`)) return true
    return has(`${what}-data`)
      ? `its data is on the masters, but ${program} is not there to copy it`
      : `this cluster has none: ${program} is not there`
  }
  return {
    metronome: has('metronome'),
    iam: copied('iam', 'iam-database-backup'),
    etcd: copied('etcd', 'dcos-etcdctl'),
  }
}

/** Of the folder `$1`: whether it is a genconf, and the bytes below its `serve`. */
export const genconfScript = `
[ -f "$1/config.yaml" ] && echo genconf=yes || echo genconf=no
[ -d "$1/serve" ] && echo "serve=$(du -s -B1 "$1/serve" | cut -f1)" || echo serve=0
`

export interface GenconfSeen {
  readonly isGenconf: boolean
  readonly serveBytes: number
}

export const readGenconf = (output: string): GenconfSeen => ({
  isGenconf: /^genconf=yes$/m.test(output),
  serveBytes: Number(/^serve=(\d+)$/m.exec(output)?.[1] ?? 0),
})
