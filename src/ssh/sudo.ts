// What sudo's refusals mean and what to do about each. Pure.
import { SudoRefused } from './errors.ts'
import type { Sudo } from './framing.ts'

/** Reads what came on stderr before a script could begin; undefined where it was not sudo that refused. Needs LC_ALL=C on the node. */
export function sudoRefusal(node: string, user: string, sudo: Sudo, said: string): SudoRefused | undefined {
  if (sudo === 'none') return undefined
  const refuse = (what: string, ...next: string[]) =>
    new SudoRefused(node, { what, state: 'Nothing was run there.', next })
  const nopasswd = `\`${user} ALL=(ALL) NOPASSWD: ALL\` in /etc/sudoers.d/ on ${node}`
  if (/not in the sudoers file|may not run sudo|is not allowed to (execute|run)/i.test(said))
    return refuse(`${user} may not use sudo on ${node}`, `let it: ${nopasswd}`)
  if (/must have a tty/i.test(said))
    return refuse(
      `sudo on ${node} wants a terminal for ${user} (requiretty), which dcosctl never opens`,
      `put \`Defaults:${user} !requiretty\` into /etc/sudoers.d/ on ${node}`,
    )
  if (sudo === 'with-password' && /try again|incorrect password|password attempt|no password was provided/i.test(said))
    return refuse(
      `sudo on ${node} does not take the password given for ${user}`,
      'correct what `ssh.sudoPassword` in the cluster file points to',
    )
  if (/password is required|terminal is required|askpass/i.test(said))
    return refuse(
      `sudo on ${node} wants a password for ${user}`,
      'set `ssh.sudoPassword` in the cluster file',
      `or let it do without: ${nopasswd}`,
    )
  if (/sudo['’:]*\s.*(no such file|not found)/i.test(said))
    return refuse(`there is no sudo on ${node}`, 'install it there, or log in as root')
  return undefined
}
