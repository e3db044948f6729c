// How a list of nodes is said: a handful by name, the rest as a number. Pure.

const most = 5

/** `a1, a2, a3, a4, a5 and 4 more`. */
export const few = (things: readonly string[], between = ', '): string =>
  things.length > most
    ? `${things.slice(0, most).join(between)} and ${things.length - most} more`
    : things.join(between)
