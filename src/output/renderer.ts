// What a renderer is: it hears what the run says, after it is on disk, and never steers.
import type { Told } from '../engine/events.ts'

export interface Renderer {
  tell(event: Told): void
  /** What the run said before this process drove it; told first, once. */
  past(events: readonly Told[]): void
  /** Gives the terminal back; nothing is told after it. */
  close(): Promise<void>
}

export type Write = (text: string) => void
