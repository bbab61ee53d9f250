/** Commands that compare blocks with what the initiator sends. */
import fc from 'fast-check';
import { be } from '../../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS } from './device.ts';
import { GOOD, type Answers } from './exchange.ts';
import { is, pattern, range, seed } from './ranges.ts';

export interface Comparing {
  readonly do: 'VERIFY' | 'COMPARE AND WRITE';
  readonly byteCheck: 0 | 1 | 3;
  readonly lba: number;
  readonly blocks: number;
  readonly seed: number;
  /** Which byte of what is compared is made wrong; absent: none. */
  readonly wrong?: number | undefined;
}

export const comparing: fc.Arbitrary<Comparing> = fc.record(
  {
    do: is('VERIFY', 'COMPARE AND WRITE'),
    byteCheck: fc.constantFrom(0 as const, 1 as const, 3 as const),
    ...range,
    seed,
    wrong: fc.option(fc.nat(4 * BLOCK), { nil: undefined }),
  },
  { requiredKeys: ['do', 'byteCheck', 'lba', 'blocks', 'seed'] },
);

export const comparingAnswers: Answers<Comparing> = {
  VERIFY(unit, step) {
    const { lba, blocks, byteCheck, wrong } = step;
    const there = Math.max(0, Math.min(blocks, BLOCKS - lba));
    const out =
      byteCheck === 0
        ? undefined
        : byteCheck === 3
          ? new Uint8Array(BLOCK).map((_, i) => unit.slice(lba, Math.min(there, 1))[i] ?? 0)
          : new Uint8Array(blocks * BLOCK).map((_, i) => unit.slice(lba, there)[i] ?? 0);
    if (out !== undefined && wrong !== undefined && wrong < out.length) out[wrong]! ^= 0x10;
    const expected = unit.access(step, 'read', () => {
      if (lba + blocks > BLOCKS) return unit.outOfRange(step);
      if (out === undefined) return GOOD;
      for (let i = 0; i < blocks; i++) {
        const wanted = byteCheck === 3 ? out : out.subarray(i * BLOCK, (i + 1) * BLOCK);
        if (Buffer.compare(unit.slice(lba + i, 1), wanted) !== 0)
          return unit.refusal('e/1d/00', lba + i);
      }
      return GOOD;
    });
    const cdb = `8f ${be(byteCheck << 1, 1)} ${be(lba, 8)} ${be(blocks, 4)} 00 00`;
    return { cdb, expected, ...(out && { out }) };
  },
  'COMPARE AND WRITE'(unit, step) {
    const { lba, wrong } = step;
    // NUMBER OF LOGICAL BLOCKS has 8 bits.
    const blocks = step.blocks % 256;
    const half = blocks * BLOCK;
    const there = unit.slice(lba, Math.max(0, Math.min(blocks, BLOCKS - lba)));
    const out = new Uint8Array(2 * half);
    out.set(there);
    out.set(pattern(step.seed, lba, blocks), half);
    const differs = wrong !== undefined && wrong < half;
    if (differs) out[wrong]! ^= 0x01;
    const expected = unit.access(step, 'write', () => {
      if (lba + blocks > BLOCKS) return unit.outOfRange(step);
      if (differs) return unit.refusal('e/1d/00', wrong);
      unit.store(lba, out.subarray(half));
      return GOOD;
    });
    return { cdb: `89 00 ${be(lba, 8)} 000000 ${be(blocks, 1)} 00 00`, out, expected };
  },
};
