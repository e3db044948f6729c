// Loaded before a program (node --import): counts its calls of node:fs/promises and of open files, and kills the process with
// SIGKILL right before or right after the n-th. DIE_AT=12:before; without it, what was counted is printed at the end.
// What is killed loses no page cache: this says nothing about power cuts, for which there is fsync.
import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [at = '', when = ''] = (process.env.DIE_AT ?? '').split(':')
let calls = 0

type Call = (...parameters: unknown[]) => unknown

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  for (;;); // until it arrives
}

/** The same call, counted. */
function counted(owner: object, name: string, call: Call): void {
  const wrapped = async function (this: unknown, ...parameters: unknown[]) {
    const mine = String(++calls) === at
    if (mine && when === 'before') die()
    try {
      return await call.apply(this, parameters)
    } finally {
      if (mine) die() // also where it failed
    }
  }
  Object.defineProperty(owner, name, { value: wrapped, configurable: true, writable: true })
}

const file = await promises.open('/dev/null')
const ofFiles: object = Object.getPrototypeOf(file)
await file.close()
const isCall = (value: unknown): value is Call => typeof value === 'function'
for (const [owner, names] of [
  [promises, ['open', 'mkdir', 'rename', 'link', 'unlink', 'rm', 'rmdir', 'stat', 'lstat', 'readdir']],
  [ofFiles, ['writeFile', 'sync', 'read']],
] as const) {
  for (const name of names) {
    const call: unknown = Reflect.get(owner, name)
    if (!isCall(call)) throw new Error(`node:fs/promises has no ${name}`)
    counted(owner, name, call)
  }
}
syncBuiltinESMExports()
if (at === '') process.once('exit', () => process.stdout.write(`${calls}\n`))
