// The lines of a measurement: figures, and targets with whether they were met.

const line = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

export const figure = (bench: string, name: string, value: number, unit: string): void =>
  line({ bench, case: name, value: Math.round(value * 100) / 100, unit })

export const target = (bench: string, name: string, ratio: number, wanted: number): void =>
  line({ bench, target: name, ratio: Math.round(ratio * 100) / 100, wanted, met: ratio >= wanted })
