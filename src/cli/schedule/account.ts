// The account that a schedule runs as.
import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import { DcosctlError } from '../../errors.ts'

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** Who typed the command, behind sudo too, where no other is named. @throws DcosctlError USAGE where there is none of that name */
export async function accountOf(named: string | undefined, environment: NodeJS.ProcessEnv): Promise<Account> {
  const name = named ?? environment.SUDO_USER ?? userInfo().username
  const [, , uid, gid, , home] = (await passwd(name)).trim().split(':')
  if (uid && gid && home) return { name, uid: Number(uid), gid: Number(gid), home }
  throw new DcosctlError('USAGE', { what: `There is no user ${name} on this host.`, state: 'Nothing was changed.' })
}

/** Its line of passwd(5), from wherever this host keeps it; '' where there is none. */
async function passwd(name: string): Promise<string> {
  if (!/^[a-z_][\w.-]*\$?$/i.test(name)) return ''
  try {
    return (await promisify(execFile)('getent', ['passwd', name])).stdout
  } catch (error) {
    // getent(1): 2 is "not found".
    if (error instanceof Error && 'code' in error && error.code === 2) return ''
    throw error
  }
}
