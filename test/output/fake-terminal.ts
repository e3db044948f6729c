// A terminal for tests: a stream that keeps what a real one would show. Knows the few escape sequences that log-update writes;
// any other one is an error, so that no test passes on a screen that was read wrongly.
import { Socket } from 'node:net'

export interface FakeTerminal {
  readonly stream: NodeJS.WriteStream
  /** The lines on the screen and those that scrolled away above it, without empty ones at the end. */
  lines(): readonly string[]
  isCursorShown(): boolean
  readonly usedColours: () => boolean
  resize(columns: number, rows: number): void
  /** What was written, as it came. */
  readonly written: readonly string[]
}

export function fakeTerminal(columns: number, rows: number, colours = false): FakeTerminal {
  const written: string[] = []
  let text: string[] = ['']
  let row = 0
  let column = 0
  let cursor = true
  let coloured = false
  let top = 0

  const put = (character: string): void => {
    if (column >= stream.columns) newLine()
    const line = (text[row] ?? '').padEnd(column)
    text[row] = line.slice(0, column) + character + line.slice(column + 1)
    column++
  }
  const newLine = (): void => {
    row++
    column = 0
    text[row] ??= ''
    top = Math.max(top, row - stream.rows + 1)
  }
  const moves: { readonly [final: string]: (amount: number) => void } = {
    A: amount => {
      row = Math.max(top, row - amount)
    },
    B: amount => {
      row = Math.min(top + stream.rows - 1, row + amount)
      for (let line = 0; line <= row; line++) text[line] ??= ''
    },
    G: amount => {
      column = amount - 1
    },
    H: () => {
      row = top
      column = 0
    },
    J: () => {
      text = text.slice(0, top)
      text[top] = ''
      row = Math.max(row, top)
    },
    K: amount => {
      text[row] = amount === 2 ? '' : (text[row] ?? '').slice(0, column)
    },
    m: () => {
      coloured = true
    },
  }

  function print(text: string): void {
    for (const character of text) {
      if (character === '\n') newLine()
      else if (character < ' ') throw new Error(`a control character was written: ${JSON.stringify(character)}`)
      else put(character)
    }
  }

  function obey(sequence: string): void {
    const {
      mode,
      amount = '',
      final = '',
    } = /^\[(?:(?<mode>\?\d+[hl])|(?<amount>\d*)(?<final>[A-Za-z]))/.exec(sequence)?.groups ?? {}
    if (mode === '?25h') cursor = true
    else if (mode === '?25l') cursor = false
    else if (mode === undefined) {
      const move = moves[final]
      if (!move) throw new Error(`the fake terminal does not know the escape sequence ${JSON.stringify(sequence)}`)
      move(final === 'K' || final === 'J' ? Number(amount) : Number(amount || 1))
    }
    print(sequence.slice(1 + (mode ?? amount + final).length))
  }

  function write(chunk: string | Uint8Array): boolean {
    const string = String(chunk)
    written.push(string)
    const [plain = '', ...sequences] = string.split('\u001b')
    print(plain)
    sequences.forEach(obey)
    return true
  }

  const always = (): boolean => true
  const stream = Object.assign(new Socket(), {
    columns,
    rows,
    isTTY: true,
    write,
    clearLine: always,
    clearScreenDown: always,
    cursorTo: always,
    moveCursor: always,
    getColorDepth: () => (colours ? 8 : 1),
    getWindowSize: (): [number, number] => [stream.columns, stream.rows],
    hasColors: () => colours,
  })

  return {
    stream,
    written,
    lines() {
      const last = text.findLastIndex(line => line.trim() !== '')
      return text.slice(0, last + 1).map(line => line.trimEnd())
    },
    isCursorShown: () => cursor,
    usedColours: () => coloured,
    resize(columns, rows) {
      stream.columns = columns
      stream.rows = rows
    },
  }
}
