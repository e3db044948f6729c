// Who drives: the person at the workstation, behind sudo too.
import { hostname, userInfo } from 'node:os'

export interface Who {
  readonly user: string
  readonly host: string
  readonly pid: number
}

export const whoami = (): Who => ({
  user: process.env.SUDO_USER ?? userInfo().username,
  host: hostname(),
  pid: process.pid,
})
