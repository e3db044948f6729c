// A promise with an end.

/** Rejects with `late()` unless `promise` settles within so many milliseconds; what it brings later goes to `tooLate`. */
export function within<T>(
  milliseconds: number,
  promise: Promise<T>,
  late: () => Error,
  tooLate: (value: T) => void = () => {},
): Promise<T> {
  const { promise: result, resolve, reject } = Promise.withResolvers<T>()
  let over = false
  const timer = setTimeout(
    () => {
      over = true
      reject(late())
    },
    Math.max(0, milliseconds),
  )
  promise.then(
    value => {
      clearTimeout(timer)
      if (over) tooLate(value)
      else resolve(value)
    },
    (error: unknown) => {
      clearTimeout(timer)
      reject(error)
    },
  )
  return result
}
