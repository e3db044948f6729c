// What all commands share: the flags every one has, and how an ending is told. Loads nothing but oclif: `--help` passes here.
import { Command, Flags } from '@oclif/core'
import { type DcosctlError, exitCodes } from '../errors.ts'
import { hasColours } from './colours.ts'
import { endingJson, endingText, exitOf, type Shown } from './ending.ts'

interface Report {
  readonly text: string
  readonly json: object
  readonly ending: DcosctlError | undefined
}

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  static override baseFlags = {
    config: Flags.string({
      description: 'cluster file (else $DCOSCTL_CONFIG, ./dcosctl.yaml, ~/.config/dcosctl/config.yaml)',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
  }

  /** stdout is the answer: nothing else is printed there. */
  answer(text: string): void {
    if (text !== '' && !this.jsonEnabled()) process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  hasColours(): boolean {
    return hasColours(process.stdout, process.env)
  }

  /** How endings are told: as wide as the terminal is; unbroken where they go to a file or a pipe. */
  protected shown(): Shown {
    return {
      colours: hasColours(process.stderr, process.env),
      ...(process.stderr.isTTY ? { width: process.stderr.columns || 80 } : {}),
    }
  }

  /** For commands whose whole answer is printed although it is not well: tells the ending on stderr and sets the exit code. */
  unwell(ending: DcosctlError): void {
    process.exitCode = ending.exitCode
    process.stderr.write(endingText(ending, this.shown()))
  }

  /** Ends a command that drove a run: the answer when it finished, the ending and its exit code otherwise. */
  report<T>(how: (left: T) => Report, left: T): object {
    const { text, json, ending } = how(left)
    if (!ending) this.answer(text)
    else this.unwell(ending)
    return ending ? { ...json, ...endingJson(ending) } : json
  }

  protected override async catch(thrown: Error): Promise<void> {
    const { translated } = await import('./translate.ts')
    const error = translated(thrown)
    process.exitCode = exitOf(error)
    if (this.jsonEnabled()) process.stdout.write(`${JSON.stringify(endingJson(error), null, 2)}\n`)
    // What was to be skipped and was is no news: the exit code tells it.
    if (exitOf(error) === exitCodes.SKIPPED.exit) return
    process.stderr.write(endingText(error, this.shown()))
  }
}
