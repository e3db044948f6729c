// systemd on this host: told of new units, and asked whether a timer is at work.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { DcosctlError } from '../../errors.ts'

/** sd_booted(3). */
export const runsSystemd = (): boolean => existsSync('/run/systemd/system')

/** @throws DcosctlError REFUSED with what systemctl said */
export async function systemctl(...args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('systemctl', [...args], { timeout: 60_000 })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new DcosctlError('REFUSED', { what: `systemctl ${args.join(' ')}: ${said}`, cause: error })
  }
}

export const isActive = (unit: string): Promise<boolean> =>
  systemctl('is-active', '--quiet', unit).then(
    () => true,
    () => false,
  )
