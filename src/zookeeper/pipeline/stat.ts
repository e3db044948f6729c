// The stat of a znode as it came over the wire: 68 bytes, read where they are needed. Source: apache/zookeeper `zookeeper.jute`, class Stat.

export const statBytes = 68

/** Whether anything of the znode but its ACL and its children's own content changed behind this zxid. */
export function changedAfter(stat: Buffer, zxid: bigint): boolean {
  return stat.readBigInt64BE(0) > zxid || stat.readBigInt64BE(8) > zxid || stat.readBigInt64BE(60) > zxid
}

export const czxidOf = (stat: Buffer): bigint => stat.readBigInt64BE(0)
export const mzxidOf = (stat: Buffer): bigint => stat.readBigInt64BE(8)
export const pzxidOf = (stat: Buffer): bigint => stat.readBigInt64BE(60)
export const ctimeOf = (stat: Buffer): number => Number(stat.readBigInt64BE(16))
export const mtimeOf = (stat: Buffer): number => Number(stat.readBigInt64BE(24))
export const versionOf = (stat: Buffer): number => stat.readInt32BE(32)
const cversionOf = (stat: Buffer): number => stat.readInt32BE(36)
export const aversionOf = (stat: Buffer): number => stat.readInt32BE(40)
/** 0 for containers and TTL znodes, too: the API does not tell them from persistent ones. */
export const ownerOf = (stat: Buffer): bigint => stat.readBigUInt64BE(44)
export const childrenOf = (stat: Buffer): number => stat.readInt32BE(56)

/** Children that were ever created: the number that the next sequential one gets (PrepRequestProcessor.java; DataTree shows 2 × created − children). */
export const createdOf = (stat: Buffer): number => (cversionOf(stat) + childrenOf(stat)) / 2

const fingerprintBytes = 36

/** What changes whenever the znode's data, ACL or list of children does. */
export const fingerprints = {
  bytes: fingerprintBytes,
  write(stat: Buffer, into: Buffer, at: number): void {
    stat.copy(into, at, 0, 16)
    stat.copy(into, at + 16, 32, 44)
    stat.copy(into, at + 28, 60, 68)
  },
  same(stat: Buffer, kept: Buffer, at: number): boolean {
    return (
      stat.compare(kept, at, at + 16, 0, 16) === 0 &&
      stat.compare(kept, at + 16, at + 28, 32, 44) === 0 &&
      stat.compare(kept, at + 28, at + 36, 60, 68) === 0
    )
  },
}
