// Keeps V8 from a guess that goes wrong in about one of three inspects of a large state.
import { setFlagsFromString } from 'node:v8'

/**
 * V8 watches where the objects come from that outlive a scavenge, and makes later ones of that place in the old space at once. A batch of
 * znodes that was alive just then is taken for such: from there on what passes by lies around until the next full collection, some 50 MB
 * at a million znodes. Nothing that an inspect makes by the million lives long, so that there is nothing to win. Not a flag on Node's command line,
 * where it would keep Node from using its own compiled code: that took 40 ms of each start.
 */
export const withoutPretenuring = (): void => setFlagsFromString('--no-allocation-site-pretenuring')
