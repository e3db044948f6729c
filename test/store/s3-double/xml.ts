// The little XML that S3 speaks: elements with text or elements in them, no attributes that matter.

export type Xml = string | number | boolean | { readonly [name: string]: Xml | readonly Xml[] | undefined }

/** A document with one root element. */
export function xml(root: string, content: Xml): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content)}`)
}

function element(name: string, content: Xml): string {
  return `<${name}>${inner(content)}</${name}>`
}

function inner(content: Xml): string {
  if (typeof content !== 'object') return escaped(String(content))
  return Object.entries(content)
    .flatMap(([name, value]) =>
      value === undefined ? [] : isList(value) ? value.map(one => ({ name, one })) : [{ name, one: value }],
    )
    .map(({ name, one }) => element(name, one))
    .join('')
}

const isList = (value: Xml | readonly Xml[]): value is readonly Xml[] => Array.isArray(value)

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' } as const
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, found => Object.entries(entities).find(([raw]) => raw === found)?.[1] ?? found)

/** The inner text of every element of this name, in order; elements of the same name inside each other are not met in S3. */
export function elements(document: string, name: string): readonly string[] {
  return [...document.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, text = '']) => text,
  )
}

/** The text of the first element of this name. */
export function text(document: string, name: string): string | undefined {
  const [first] = elements(document, name)
  return first === undefined ? undefined : unescaped(first)
}

const unescaped = (raw: string): string =>
  raw.replaceAll(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16))
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
    return name === 'apos' ? "'" : (Object.entries(entities).find(([, entity]) => entity === whole)?.[0] ?? whole)
  })
