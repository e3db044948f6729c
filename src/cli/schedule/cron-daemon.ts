// Is there a cron daemon on this host? A crontab that nobody reads would be a schedule that never runs.
import { readdir, readFile } from 'node:fs/promises'

/** Debian calls it cron, Red Hat crond. */
const names = ['cron', 'crond']

export async function cronDaemonRuns(): Promise<boolean> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  // A process that ends while we look has no name any more.
  const seen = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')))
  return seen.some(name => names.includes(name.trim()))
}
