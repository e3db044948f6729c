// An argument of the command line that is a word.
import { Args } from '@oclif/core'

/** oclif takes a missing argument from a pipe unless told not to: a command in a `while read` loop would eat the loop's input, and act on it. */
export const word = Args.custom<string>({ ignoreStdin: true })
