// Makes one harmless line of what nodes and servers said. Pure.
import { stripVTControlCharacters } from 'node:util'

/** What would move the cursor, ring the bell, or turn the direction of the text. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

/** Without escape sequences; line breaks and other control characters become a space. */
export const oneLine = (text: string): string => stripVTControlCharacters(text).replace(unprintable, ' ').trim()
