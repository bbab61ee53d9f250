/** Commands that read and write blocks. */
import fc from 'fast-check';
import { be } from '../../scsi/disk-under-test.ts';
import { BLOCKS } from './device.ts';
import { bits, CONDITION_MET, GOOD, type Answers, type Command, type Sent } from './exchange.ts';
import { is, pattern, range, seed } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

/** The CDB lengths of the block commands. */
type Form = 6 | 10 | 12 | 16;

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
  | (Range & {
      readonly do: 'WRITE AND VERIFY' | 'ORWRITE' | 'WRITE ATOMIC';
      readonly seed: number;
    })
  | (Range & { readonly do: 'SYNCHRONIZE CACHE' | 'PRE-FETCH' });

export const moving: fc.Arbitrary<Moving> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: is('READ', 'WRITE'),
      form: fc.constantFrom<Form>(6, 10, 12, 16),
      ...range,
      seed,
      fua: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: is('WRITE AND VERIFY', 'ORWRITE', 'WRITE ATOMIC'),
      ...range,
      seed,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('SYNCHRONIZE CACHE', 'PRE-FETCH'), ...range }) },
);

export const movingAnswers: Answers<Moving> = {
  READ(unit, step) {
    const { cdb, blocks } = transfer(step, [0x08, 0x28, 0xa8, 0x88]);
    return {
      cdb,
      expected: unit.access(step, 'read', () => {
        if (step.lba + blocks > BLOCKS) return unit.outOfRange(step);
        return { status: 0, data: unit.slice(step.lba, blocks).slice() };
      }),
    };
  },
  WRITE(unit, step) {
    const { cdb, blocks } = transfer(step, [0x0a, 0x2a, 0xaa, 0x8a]);
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
  ORWRITE(unit, step) {
    const { lba, blocks } = step;
    const out = pattern(step.seed, lba, blocks);
    const expected = unit.access(step, 'write', () => {
      if (lba + blocks > BLOCKS) return unit.outOfRange(step);
      const there = unit.slice(lba, blocks);
      unit.store(
        lba,
        there.map((byte, i) => byte | (out[i] ?? 0)),
      );
      return GOOD;
    });
    return { cdb: `8b 00 ${be(lba, 8)} ${be(blocks, 4)} 00 00`, out, expected };
  },
  'SYNCHRONIZE CACHE': (unit, step) => ({
    cdb: `91 00 ${be(step.lba, 8)} ${be(step.blocks, 4)} 00 00`,
    expected: unit.access(step, 'write', () =>
      step.lba + step.blocks > BLOCKS ? unit.outOfRange(step) : GOOD,
    ),
  }),
  'PRE-FETCH': (unit, step) => ({
    cdb: `34 00 ${be(step.lba, 4)} 00 ${be(step.blocks, 2)} 00`,
    expected: unit.access(step, 'read', () =>
      step.lba + step.blocks > BLOCKS ? unit.outOfRange(step) : CONDITION_MET,
    ),
  }),
};

function transfer(
  { form, lba, blocks, fua }: Transfer,
  [six, ten, twelve, sixteen]: readonly [number, number, number, number],
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
