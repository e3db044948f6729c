// One line on a terminal that says how far something is; nothing where there is no terminal.

export interface ProgressLine {
  show(text: string): void
  close(): void
}

export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  if (!stream.isTTY) return { show: () => undefined, close: () => undefined }
  const clear = '\r\u001b[K'
  return {
    show: text => void stream.write(clear + text.slice(0, (stream.columns || 80) - 1)),
    close: () => void stream.write(clear),
  }
}
