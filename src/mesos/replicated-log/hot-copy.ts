// The shell script that copies the replicated logs of a running master, on that master, as one tar stream.
import { hotCopyText } from './hot-copy-text.ts'

/** Where DC/OS masters keep their logs: MESOS_WORK_DIR (dcos/dcos gen/dcos-config.yaml). */
export const masterWorkDir = '/var/lib/dcos/mesos/master'

/** How the script ends; its last line on stderr says more. Only after `whole` may the stream be used, and only once decoded. */
export const hotCopyExit = {
  whole: 0,
  /** No replicated log there: no master, or one that never ran. */
  noLog: 3,
  /** The log was reopened (the master restarts) during each of five tries. */
  keptMoving: 4,
  /** Disk full, no right to read, time over, …: nothing was changed, the staging folder is gone. */
  failed: 5,
} as const

export interface HotCopyOptions {
  /** Folder with `replicated_log` and `overlay_replicated_log`; absolute. */
  readonly root: string
  /** Seconds after which a stalled transfer is given up, so that its staging folder cannot keep deleted tables on the disk for ever. */
  readonly within: number
  /**
   * A folder on the same disk where the copy stays instead of being shipped, for a master that is stopped. Tables in it are links, which is enough:
   * LevelDB never writes to one again, and when it is opened begins a manifest and a log of its own (google/leveldb DBImpl::Recover).
   */
  readonly keep?: string
}

/**
 * A script for `sh -s` (stdin) or `sh -c`, run as root on the master; POSIX sh, GNU coreutils and tar as EL7 has them. It opens no
 * LevelDB, takes no lock and changes no file of Mesos. Its stdout is a tar stream with `./replicated_log/` and, where there is one,
 * `./overlay_replicated_log/`; decode that with `decodeArchive` before calling it a backup.
 *
 * @throws RangeError when `root` is not absolute or `within` is no positive number of seconds
 */
export function hotCopyScript({ root, within, keep }: HotCopyOptions): string {
  if (!root.startsWith('/')) throw new RangeError(`the folder of the replicated logs must be absolute, not "${root}"`)
  if (!Number.isInteger(within) || within < 1) throw new RangeError(`${within} is no number of seconds to wait`)
  const kept = keep === undefined ? '' : `keep=${quoted(keep)}\n`
  return `root=${quoted(root)}\nwithin=${within}\n${kept}${hotCopyText}`
}

/** `sh -c SCRIPT kept FOLDER`: what `keep` left there, as the stream that would have been shipped. */
export const keptScript = `set -eu
set -- "$1" $(cd "$1" && ls -d ./replicated_log ./overlay_replicated_log 2>/dev/null || :)
tar -cf - -C "$@" || [ $? -eq 1 ]
`

const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`
