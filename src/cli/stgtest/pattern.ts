/** What WinSpd's stgtest writes: every 64-bit word of a block says which block it is. */

const MASK = 0xffff_ffff_ffff_ffffn;

/** The word of a block: MurmurHash3's 64-bit finaliser of the block's number plus 1. */
export function patternWord(block: number): bigint {
  let word = BigInt(block) + 1n;
  word = ((word ^ (word >> 33n)) * 0xff51_afd7_ed55_8ccdn) & MASK;
  word = ((word ^ (word >> 33n)) * 0xc4ce_b9fe_1a85_ec53n) & MASK;
  return word ^ (word >> 33n);
}

/** Blocks with their pattern. Where a block is no whole number of words, its last bytes are zeros. */
export function pattern(first: number, count: number, blockLength: number): Uint8Array {
  const bytes = new Uint8Array(count * blockLength);
  const words = Math.floor(blockLength / 8);
  for (let i = 0; i < count; i++) {
    let word = patternWord(first + i);
    const at = i * blockLength;
    for (let byte = 0; byte < 8; byte++, word >>= 8n) bytes[at + byte] = Number(word & 0xffn);
    // Doubles what is there: 64 words in six steps.
    for (let have = 8; have < 8 * words; have *= 2)
      bytes.copyWithin(at + have, at, at + Math.min(have, 8 * words - have));
  }
  return bytes;
}
