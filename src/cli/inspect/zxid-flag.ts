// A zxid as an operator gives it.
import { DcosctlError } from '../../errors.ts'

/** @throws DcosctlError USAGE for anything but hex behind 0x: a log's name is hex without it, mntr's numbers are decimal. */
export function zxidOf(flag: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined
  if (/^0x[0-9a-f]{1,16}$/i.test(text)) return BigInt(text)
  throw new DcosctlError('USAGE', {
    what: `--${flag} ${text} is not a zxid: hexadecimal behind 0x is wanted, such as 0x20000028f.`,
    state: 'Nothing was touched.',
  })
}
