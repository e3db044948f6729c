// Colours, only where a terminal shows them.

export const paint = {
  green: (text: string, colours: boolean) => (colours ? `\u001b[32m${text}\u001b[39m` : text),
  red: (text: string, colours: boolean) => (colours ? `\u001b[31m${text}\u001b[39m` : text),
} as const

/** Colours only on a terminal, and not where NO_COLOR asks for none. */
export const hasColours = (stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && !environment.NO_COLOR
