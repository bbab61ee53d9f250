/** Where two runs of bytes begin to differ. */

/**
 * The offset of the first byte that differs.
 *
 * @param chunks - the bytes of the medium.
 * @param expected - as many bytes, or a pattern that repeats.
 * @returns the offset; -1 where all are equal.
 */
export function firstDifference(chunks: readonly Uint8Array[], expected: Uint8Array): number {
  let offset = 0;
  for (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i++) {
      if (chunk[i] !== expected[(offset + i) % expected.length]) return offset + i;
    }
    offset += chunk.length;
  }
  return -1;
}
