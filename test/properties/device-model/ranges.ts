/** Ranges of blocks, and what is written to them. */
import fc from 'fast-check';
import { BLOCK, BLOCKS } from './device.ts';

/** An LBA; now and then one near the end, or past it. */
export const lba: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.nat(BLOCKS - 1) },
  { weight: 12, arbitrary: fc.nat(9) },
  { weight: 1, arbitrary: fc.integer({ min: BLOCKS - 2, max: BLOCKS + 2 }) },
);

/** A number of blocks, mostly small. */
export const blocks: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.nat(9) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: BLOCKS }) },
);

/** What data is made of. */
export const seed: fc.Arbitrary<number> = fc.nat(255);

/** A range; it may reach past the end. */
export const range = { lba, blocks };

/** One of these names. */
export const is = <const T extends string>(...names: readonly T[]): fc.Arbitrary<T> =>
  fc.constantFrom(...names);

/** Every byte hangs on the seed and its place. */
export function pattern(from: number, first: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count * BLOCK);
  for (let i = 0; i < bytes.length; i++) {
    const block = first + Math.floor(i / BLOCK);
    bytes[i] = i % BLOCK < 2 ? block >> (8 * (i % BLOCK)) : from % 3 === 0 ? 0 : from + (i >> 6);
  }
  return bytes;
}
