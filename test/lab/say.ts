// How the lab tells what it is doing: one line at a time, to whoever started it.
export type Say = (line: string) => void

/** Standard error, so that standard output stays the answer. */
export const sayOnStderr: Say = line => void process.stderr.write(`lab: ${line}\n`)
