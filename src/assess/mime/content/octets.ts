/** Numbers in files that may be cut anywhere: what is not there is 0. Little-endian. */

export function u16(content: Buffer, at: number): number {
  return at >= 0 && at + 2 <= content.length ? content.readUInt16LE(at) : 0
}

export function u32(content: Buffer, at: number): number {
  return at >= 0 && at + 4 <= content.length ? content.readUInt32LE(at) : 0
}

/** Inexact over 2^53, which is beyond every file. */
export function u64(content: Buffer, at: number): number {
  return u32(content, at) + 2 ** 32 * u32(content, at + 4)
}
