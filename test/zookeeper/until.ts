// Waiting for a condition, with an end, for tests.
import { setTimeout as pause } from 'node:timers/promises'

/** Looks again and again until the answer is neither undefined nor false, and answers it; fails after so many milliseconds. */
export async function until<T>(
  what: string,
  milliseconds: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + milliseconds
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (performance.now() > end) throw new Error(`waited ${milliseconds} ms and it did not happen: ${what}`)
    await pause(10)
  }
}

/** What a promise rejected with, if it is of the class wanted. */
export async function thrownBy<E extends Error>(
  Class: new (...args: never[]) => E,
  promise: Promise<unknown>,
): Promise<E> {
  let value: unknown
  try {
    value = await promise
  } catch (thrown) {
    if (thrown instanceof Class) return thrown
    throw thrown
  }
  throw new Error(`wanted ${Class.name} to be thrown, got ${JSON.stringify(value)}`)
}
