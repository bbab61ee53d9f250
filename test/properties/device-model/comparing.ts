/** Commands that combine blocks with what the initiator sends, or compare them. */
import fc from 'fast-check';
import { be } from '../../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS } from './device.ts';
import { GOOD, type Answers, type Expected } from './exchange.ts';
import { is, pattern, range, seed } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

export type Comparing =
  | {
      readonly do: 'VERIFY' | 'COMPARE AND WRITE';
      readonly form: 10 | 12 | 16;
      readonly byteCheck: 0 | 1 | 3;
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
      /** Which byte of what is compared is made wrong; absent: none. */
      readonly wrong?: number | undefined;
    }
  | {
      readonly do: 'ORWRITE';
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
      /** The form with generations: whether it changes them, and what it expects and makes of them. */
      readonly bitmap?:
        | {
            readonly changes: boolean;
            readonly expected: number;
            readonly next: number;
            readonly policy: number;
          }
        | undefined;
    };

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

export const comparing: fc.Arbitrary<Comparing> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('VERIFY', 'COMPARE AND WRITE'),
      form: fc.constantFrom(10 as const, 12 as const, 16 as const),
      byteCheck: fc.constantFrom(0 as const, 1 as const, 3 as const),
      ...range,
      seed,
      wrong: optional(fc.nat(4 * BLOCK)),
    }),
  },
  fc.record({
    do: is('ORWRITE'),
    ...range,
    seed,
    bitmap: optional(
      fc.record({
        changes: fc.boolean(),
        expected: fc.nat(2),
        next: fc.nat(2),
        policy: fc.constantFrom(0, 2, 3, 5, 7, 1),
      }),
    ),
  }),
);

export const comparingAnswers: Answers<Comparing> = {
  VERIFY(unit, step) {
    const { lba, blocks, byteCheck, wrong, form } = step;
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
      return unit.reading(lba, blocks, () => {
        if (out === undefined) return GOOD;
        for (let i = 0; i < blocks; i++) {
          const wanted = byteCheck === 3 ? out : out.subarray(i * BLOCK, (i + 1) * BLOCK);
          if (Buffer.compare(unit.slice(lba + i, 1), wanted) !== 0)
            return unit.refusal('e/1d/00', lba + i);
        }
        return GOOD;
      });
    });
    const flags = be(byteCheck << 1, 1);
    const cdb = {
      10: `2f ${flags} ${be(lba, 4)} 00 ${be(blocks, 2)} 00`,
      12: `af ${flags} ${be(lba, 4)} ${be(blocks, 4)} 00 00`,
      16: `8f ${flags} ${be(lba, 8)} ${be(blocks, 4)} 00 00`,
    }[form];
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
      return unit.reading(lba, blocks, () => {
        if (differs) return unit.refusal('e/1d/00', wrong);
        unit.store(lba, out.subarray(half));
        return GOOD;
      });
    });
    return { cdb: `89 00 ${be(lba, 8)} 000000 ${be(blocks, 1)} 00 00`, out, expected };
  },
  ORWRITE(unit, step) {
    const { lba, blocks, bitmap } = step;
    const out = pattern(step.seed, lba, blocks);
    const combine = (how: (old: number, sent: number) => number): Expected =>
      unit.reading(lba, blocks, () => {
        const there = unit.slice(lba, blocks);
        unit.store(
          lba,
          there.map((byte, i) => how(byte, out[i]!)),
        );
        return GOOD;
      });
    const expected = unit.access(step, 'write', () => {
      if (bitmap?.changes === true && bitmap.policy === 1) return unit.refusal('5/24/00');
      if (lba + blocks > BLOCKS) return unit.outOfRange(step);
      if (bitmap?.changes === true) {
        if (bitmap.expected !== unit.generation.current) return unit.refusal('5/2c/0c');
        const done = combine((old, sent) => old & sent);
        const { next, policy } = bitmap;
        if (done === GOOD)
          unit.generation = { current: next, previous: unit.generation.current, policy };
        return done;
      }
      switch (outcomeOf(unit, bitmap?.expected ?? 0)) {
        case 'perform':
          return combine((old, sent) => old | sent);
        case 'discard':
          return GOOD;
        default:
          return unit.refusal('5/2c/0c');
      }
    });
    if (bitmap === undefined)
      return { cdb: `8b 00 ${be(lba, 8)} ${be(blocks, 4)} 00 00`, out, expected };
    const { changes, policy, next } = bitmap;
    const operation = `${be(Number(changes), 1)} ${be(policy, 1)}`;
    const generations = `${be(bitmap.expected, 4)} ${be(next, 4)}`;
    const cdb = `7f 00 ${operation} 0000 00 18 000e 0000 ${be(lba, 8)} ${generations} ${be(blocks, 4)}`;
    return { cdb, out, expected };
  },
};

/** ORWRITE processing policy: of what expects the current generation, the previous one, another. */
function outcomeOf({ generation }: UnitModel, wanted: number): string | undefined {
  const of: Readonly<Record<number, readonly [string, string]>> = {
    0: ['perform', 'refuse'],
    2: ['discard', 'refuse'],
    3: ['perform', 'perform'],
    5: ['discard', 'discard'],
    7: ['refuse', 'refuse'],
  };
  if (wanted === generation.current) return 'perform';
  return of[generation.policy]?.[wanted === generation.previous ? 0 : 1];
}
