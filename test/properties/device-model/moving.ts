/** Commands that read and write blocks. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS } from './device.ts';
import { bits, CONDITION_MET, GOOD, type Answers, type Command, type Sent } from './exchange.ts';
import { blocks as count, is, lba as anyLba, pattern, range, seed } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

/** The CDB lengths of the block commands. That of 32 bytes is for protection information of type 2. */
type Form = 6 | 10 | 12 | 16 | 32;

interface Range {
  readonly lba: number;
  readonly blocks: number;
}

/** READ or WRITE, in all its forms. */
interface Transfer extends Range {
  readonly do: 'READ' | 'WRITE';
  readonly form: Form;
  readonly seed: number;
  readonly fua: boolean;
}

export type Moving =
  | Transfer
  | (Range & { readonly do: 'WRITE AND VERIFY' | 'WRITE ATOMIC'; readonly seed: number })
  | (Range & { readonly do: 'SYNCHRONIZE CACHE' | 'PRE-FETCH'; readonly sixteen: boolean })
  | {
      readonly do: 'WRITE SCATTERED';
      readonly long: boolean;
      readonly ranges: readonly (readonly [lba: number, blocks: number])[];
      readonly seed: number;
    };

export const moving: fc.Arbitrary<Moving> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: is('READ', 'WRITE'),
      form: fc.constantFrom<Form>(6, 10, 12, 16, 6, 10, 12, 16, 32),
      ...range,
      seed,
      fua: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: is('WRITE AND VERIFY', 'WRITE ATOMIC'), ...range, seed }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('SYNCHRONIZE CACHE', 'PRE-FETCH'),
      ...range,
      sixteen: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('WRITE SCATTERED'),
      long: fc.boolean(),
      ranges: fc.array(fc.tuple(anyLba, count), { maxLength: 3 }),
      seed,
    }),
  },
);

export const movingAnswers: Answers<Moving> = {
  READ(unit, step) {
    const { cdb, blocks } = transfer(step, [0x08, 0x28, 0xa8, 0x88], 0x09);
    if (step.form === 32) return { cdb, expected: unit.refusal('5/20/00') };
    return {
      cdb,
      expected: unit.access(step, 'read', () => {
        if (step.lba + blocks > BLOCKS) return unit.outOfRange(step);
        const data = unit.slice(step.lba, blocks).slice();
        return unit.reading(step.lba, blocks, () => ({ status: 0, data }));
      }),
    };
  },
  WRITE(unit, step) {
    const { cdb, blocks } = transfer(step, [0x0a, 0x2a, 0xaa, 0x8a], 0x0b);
    if (step.form === 32)
      return { cdb, out: new Uint8Array(blocks * BLOCK), expected: unit.refusal('5/20/00') };
    return { cdb, ...write(unit, step, blocks) };
  },
  'WRITE AND VERIFY': (unit, step) => ({
    cdb: `ae 02 ${be(step.lba, 4)} ${be(step.blocks, 4)} 00 00`,
    ...write(unit, step, step.blocks),
  }),
  'WRITE ATOMIC': (unit, step) => ({
    cdb: `9c 00 ${be(step.lba, 8)} 0000 ${be(step.blocks, 2)} 00 00`,
    ...(unit.traits.atomic
      ? write(unit, step, step.blocks)
      : { expected: unit.refusal('5/20/00') }),
  }),
  'SYNCHRONIZE CACHE': (unit, { sixteen, ...step }) => ({
    cdb: sixteen
      ? `91 00 ${be(step.lba, 8)} ${be(step.blocks, 4)} 00 00`
      : `35 00 ${be(step.lba, 4)} 00 ${be(step.blocks, 2)} 00`,
    expected: unit.access(step, 'flush', () =>
      step.lba + step.blocks > BLOCKS ? unit.outOfRange(step) : GOOD,
    ),
  }),
  'PRE-FETCH'(unit, { sixteen, ...step }) {
    const { lba } = step;
    const expected = unit.access(step, 'read', () => {
      if (lba + step.blocks > BLOCKS) return unit.outOfRange(step);
      return unit.reading(lba, step.blocks || BLOCKS - lba, () => CONDITION_MET);
    });
    return {
      cdb: sixteen
        ? `90 00 ${be(lba, 8)} ${be(step.blocks, 4)} 00 00`
        : `34 00 ${be(lba, 4)} 00 ${be(step.blocks, 2)} 00`,
      expected,
    };
  },
  'WRITE SCATTERED'(unit, step) {
    const { ranges, long } = step;
    const blocks = 1 + ranges.reduce((sum, [, each]) => sum + each, 0);
    const descriptors = ranges.map(([lba, each]) => `${be(lba, 8)} ${be(each, 4)} ${be(0, 20)}`);
    const out = pattern(step.seed, 0, blocks);
    out.fill(0, 0, BLOCK);
    out.set(hex(be(0, 32) + descriptors.join('')));
    const expected = unit.access(step, 'write', () => {
      if (ranges.length === 0) return GOOD;
      for (const [lba, each] of ranges) if (lba + each > BLOCKS) return unit.outOfRange({ lba });
      let at = BLOCK;
      for (const [lba, each] of ranges) {
        unit.store(lba, out.subarray(at, at + each * BLOCK));
        at += each * BLOCK;
      }
      return GOOD;
    });
    const number = be(ranges.length, 2);
    const cdb = long
      ? `7f 00 00000000 00 18 0011 00 00 0001 0000 ${number} ${be(0, 10)} ${be(blocks, 4)}`
      : `9f 12 00 00 0001 0000 ${number} ${be(blocks, 4)} 00 00`;
    return { cdb, out, expected };
  },
};

function transfer(
  { form, lba, blocks, fua }: Transfer,
  [six, ten, twelve, sixteen]: readonly [number, number, number, number],
  serviceAction: number,
): { readonly cdb: string; readonly blocks: number } {
  const flags = be(bits([fua, 0x08]), 1);
  switch (form) {
    case 6: // 0 blocks are 256
      return {
        cdb: `${be(six, 1)} ${be(lba, 3)} ${be(blocks % 256, 1)} 00`,
        blocks: blocks % 256 || 256,
      };
    case 10:
      return { cdb: `${be(ten, 1)} ${flags} ${be(lba, 4)} 00 ${be(blocks, 2)} 00`, blocks };
    case 12:
      return { cdb: `${be(twelve, 1)} ${flags} ${be(lba, 4)} ${be(blocks, 4)} 00 00`, blocks };
    case 16:
      return { cdb: `${be(sixteen, 1)} ${flags} ${be(lba, 8)} ${be(blocks, 4)} 00 00`, blocks };
    case 32: {
      const action = be(serviceAction, 2);
      const cdb = `7f 00 00000000 00 18 ${action} ${flags} 00 ${be(lba, 8)} ${be(0, 8)} ${be(blocks, 4)}`;
      return { cdb, blocks };
    }
  }
}

function write(
  unit: UnitModel,
  step: Sent<{ readonly do: string; readonly lba: number; readonly seed: number }>,
  blocks: number,
): Omit<Command, 'cdb'> {
  const out = pattern(step.seed, step.lba, blocks);
  const expected = unit.access(step, 'write', () => {
    if (step.lba + blocks > BLOCKS) return unit.outOfRange(step);
    unit.store(step.lba, out);
    return GOOD;
  });
  return { out, expected };
}
