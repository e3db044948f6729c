// Logical copies are JSON that was held whole when it was taken, too.

/** @throws SyntaxError */
export async function jsonOf(plain: AsyncIterable<Uint8Array>): Promise<unknown> {
  const chunks: Uint8Array[] = []
  for await (const chunk of plain) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}
