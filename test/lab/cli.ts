// `npm run lab -- …`: the lab from the command line.
import { parseArgs } from 'node:util'
import { faultsByName } from './faults.ts'
import { ensureImage } from './image.ts'
import { attach, type Lab, labUp } from './lab.ts'
import { defaultDirectory } from './paths.ts'
import { labUnavailable } from './requirements.ts'
import { sayOnStderr } from './say.ts'
import { down } from './start-supervisor.ts'

const usage = `A small DC/OS cluster of real hosts on this machine (Linux, Debian, root).

  npm run lab -- up [--masters 3] [--agents 3] [--version 2.1.1] [--no-s3]
  npm run lab -- exec -- COMMAND…          on the operator's workstation: this machine's files, the lab's network
  npm run lab -- ssh NODE [-- COMMAND…]    into a node, as the operator would
  npm run lab -- fault NAME NODE [on|off]
  npm run lab -- status [--json]
  npm run lab -- logs NODE [--unit UNIT]
  npm run lab -- down
  npm run lab -- image                     only build the image of the nodes

Everywhere: --dir DIRECTORY, where the lab lives (${defaultDirectory}).

Faults:
${faultsByName.map(({ name, says }) => `  ${name.padEnd(28)} ${says}`).join('\n')}
`

class Usage extends Error {}

const [own, rest] = splitAtDashes(process.argv.slice(2))

try {
  process.exitCode = await run()
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(error instanceof Usage || isParseError(error) ? `${message}\n\n${usage}` : `lab: ${message}\n`)
  process.exitCode = error instanceof Usage || isParseError(error) ? 2 : 1
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      dir: { type: 'string', default: defaultDirectory },
      masters: { type: 'string', default: '3' },
      agents: { type: 'string', default: '3' },
      version: { type: 'string', default: '2.1.1' },
      'no-s3': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      unit: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const [verb, ...words] = positionals
  if (values.help || verb === undefined || verb === 'help') {
    process.stdout.write(usage)
    return values.help || verb === 'help' ? 0 : 2
  }
  switch (verb) {
    case 'up': {
      const numbers = { masters: Number(values.masters), agents: Number(values.agents) }
      const lab = await labUp({ ...numbers, version: values.version, s3: !values['no-s3'], dir: values.dir })
      process.stdout.write(`The lab is up: ${lab.paths.description}\n`)
      return 0
    }
    case 'exec':
      return inForeground(wantLab(values.dir).operator, wantCommand())
    case 'ssh':
      return ssh(wantLab(values.dir), wantWord(words, 'NODE'))
    case 'fault':
      return fault(wantLab(values.dir), words)
    case 'status':
      return status(wantLab(values.dir), values.json)
    case 'logs':
      return logs(wantLab(values.dir), wantWord(words, 'NODE'), values.unit)
    case 'down':
      await down(values.dir)
      return 0
    case 'image': {
      const why = labUnavailable(sayOnStderr, { s3: false })
      if (why !== undefined) throw new Error(`No image can be built here: ${why}.`)
      process.stdout.write(`${ensureImage(sayOnStderr)}\n`)
      return 0
    }
    default:
      throw new Usage(`There is no '${verb}'.`)
  }
}

function ssh(lab: Lab, node: string): number {
  const tty = process.stdin.isTTY && rest.length === 0 ? ['-t'] : []
  const [file, ...args] = lab.sshArgv(node)
  return inForeground(lab.operator, [file, ...tty, ...args, ...rest])
}

async function fault(lab: Lab, words: readonly string[]): Promise<number> {
  const [name, node, state = 'on'] = words
  if (name === undefined || node === undefined) throw new Usage('A fault wants a name and a node.')
  if (state !== 'on' && state !== 'off') throw new Usage(`A fault is switched on or off, not '${state}'.`)
  await lab.fault(name, node, state)
  return 0
}

async function status(lab: Lab, json: boolean): Promise<number> {
  const seen = await lab.status()
  if (json) {
    process.stdout.write(JSON.stringify({ ...lab.description, ...seen }, null, 2) + '\n')
    return 0
  }
  for (const { name, role, address, power, system, boots, faults } of seen.nodes) {
    const state = power === 'on' ? system : 'off'
    const broken = faults.length === 0 ? '' : `  faults: ${faults.join(', ')}`
    process.stdout.write(
      `${name.padEnd(5)} ${role.padEnd(7)} ${address.padEnd(12)} ${state} (boots: ${boots})${broken}\n`,
    )
  }
  process.stdout.write(`bootstrap: ${seen.bootstrap}\nS3: ${seen.s3}\n`)
  return 0
}

async function logs(lab: Lab, node: string, unit: string | undefined): Promise<number> {
  const only = unit === undefined ? '' : ` --unit='${unit.replaceAll("'", "'\\''")}'`
  const { exit, stdout, stderr } = await lab.node(node).exec(`journalctl --no-pager --boot${only}`)
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  return exit
}

/** Becomes the command: its input, terminal, signals and exit status are then its own. */
function inForeground(prefix: readonly string[], argv: readonly string[]): never {
  const { execve } = process
  if (!execve) throw new Error(`Node ${process.version} can't become another program (process.execve is missing).`)
  const [file = '', ...args] = [...prefix, ...argv]
  return execve(`/usr/bin/${file}`, [file, ...args], process.env)
}

function wantLab(dir: string): Lab {
  const lab = attach(dir)
  if (!lab) throw new Error(`No lab runs in ${dir}. Start one: npm run lab -- up`)
  return lab
}

function wantWord(words: readonly string[], what: string): string {
  const [word] = words
  if (word === undefined) throw new Usage(`${what} is missing.`)
  return word
}

function wantCommand(): readonly string[] {
  if (rest.length === 0) throw new Usage('The command is missing: exec -- COMMAND…')
  return rest
}

/** What stands after the first `--` belongs to the command that is run, flags included. */
function splitAtDashes(words: readonly string[]): [string[], string[]] {
  const at = words.indexOf('--')
  return at === -1 ? [[...words], []] : [words.slice(0, at), words.slice(at + 1)]
}

function isParseError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
