/**
 * How stores that begin as zeros keep protection information: every byte inverted, so that what was
 * never written, or is a hole again, reads as FFh.
 */

/** Bytes of protection information a block. */
export const PROTECTION_BYTES = 8;

/** The complement of bytes, in a new array unless told otherwise. */
export function invert(
  from: Uint8Array,
  into: Uint8Array = new Uint8Array(from.length),
): Uint8Array {
  for (let i = 0; i < from.length; i++) into[i] = ~(from[i] ?? 0);
  return into;
}
