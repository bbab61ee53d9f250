/** Commands about blocks that are bad. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS } from './device.ts';
import { bits, GOOD, type Answers } from './exchange.ts';
import { is, lba, pattern, seed } from './ranges.ts';

export type Damage =
  | {
      readonly do: 'READ LONG';
      readonly sixteen: boolean;
      readonly lba: number;
      readonly length: number;
      readonly correct: boolean;
    }
  | {
      readonly do: 'WRITE LONG';
      readonly sixteen: boolean;
      readonly lba: number;
      readonly length: number;
      readonly seed: number;
      readonly uncorrectable: boolean;
      readonly noCorrection: boolean;
    }
  | {
      readonly do: 'REASSIGN BLOCKS';
      readonly lbas: readonly number[];
      readonly long: boolean;
    }
  | {
      readonly do: 'READ DEFECT DATA';
      readonly twelve: boolean;
      readonly grown: boolean;
      readonly format: number;
    };

const length = fc.constantFrom(BLOCK, BLOCK, BLOCK, BLOCK, 0, BLOCK - 1, BLOCK + 8);

export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ do: is('READ LONG'), sixteen: fc.boolean(), lba, length, correct: fc.boolean() }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: is('WRITE LONG'),
      sixteen: fc.boolean(),
      lba,
      length,
      seed,
      uncorrectable: fc.boolean(),
      noCorrection: fc.boolean(),
    }),
  },
  fc.record({
    do: is('REASSIGN BLOCKS'),
    lbas: fc.uniqueArray(lba, { maxLength: 4 }),
    long: fc.boolean(),
  }),
  fc.record({
    do: is('READ DEFECT DATA'),
    twelve: fc.boolean(),
    grown: fc.boolean(),
    format: fc.constantFrom(0, 3, 0, 3, 5),
  }),
);

export const damageAnswers: Answers<Damage> = {
  'READ LONG'(unit, step) {
    const { lba: at, length: bytes, correct } = step;
    const cdb = step.sixteen
      ? `9e 11 ${be(at, 8)} 0000 ${be(bytes, 2)} ${be(bits([correct, 0x01]), 1)} 00`
      : `3e ${be(bits([correct, 0x02]), 1)} ${be(at, 4)} 00 ${be(bytes, 2)} 00`;
    const expected = unit.access(step, 'read', () => {
      if (at >= BLOCKS) return unit.refusal('5/21/00', at);
      if (bytes === 0) return GOOD;
      if (bytes !== BLOCK) return unit.refusal('5/24/00', bytes - BLOCK, { incorrectLength: true });
      const good = { status: 0, data: unit.slice(at, 1).slice() };
      return correct ? unit.reading(at, 1, () => good) : good;
    });
    return { cdb, expected };
  },
  'WRITE LONG'(unit, step) {
    const { lba: at, uncorrectable, noCorrection } = step;
    const bytes = uncorrectable ? 0 : step.length;
    const flags = be(bits([noCorrection, 0x80], [uncorrectable, 0x40]), 1);
    const sixteen = be(bits([noCorrection, 0x80], [uncorrectable, 0x40]) | 0x11, 1);
    const cdb = step.sixteen
      ? `9f ${sixteen} ${be(at, 8)} 0000 ${be(bytes, 2)} 00 00`
      : `3f ${flags} ${be(at, 4)} 00 ${be(bytes, 2)} 00`;
    const out = new Uint8Array(bytes);
    out.set(pattern(step.seed, at, 1).subarray(0, bytes));
    const expected = unit.access(step, 'write', () => {
      if (at >= BLOCKS) return unit.refusal('5/21/00', at);
      if (uncorrectable) {
        unit.marked.add(at);
        return GOOD;
      }
      if (bytes === 0) return GOOD;
      if (bytes !== BLOCK) return unit.refusal('5/24/00', bytes - BLOCK, { incorrectLength: true });
      unit.store(at, out);
      if (noCorrection) unit.marked.add(at);
      return GOOD;
    });
    return { cdb, out, expected };
  },
  'REASSIGN BLOCKS'(unit, step) {
    const { lbas, long } = step;
    const size = long ? 8 : 4;
    const out = hex(
      `0000 ${be(size * lbas.length, 2)} ${lbas.map((each) => be(each, size)).join('')}`,
    );
    const expected = unit.access(step, 'write', () => {
      for (const [i, at] of lbas.entries()) {
        if (at >= BLOCKS) return unit.refusal('5/21/00', at);
        if (i > 0 && at < lbas[i - 1]!) return unit.refusal('5/26/00');
      }
      for (const at of lbas) {
        // What cannot be read is lost.
        unit.store(at, unit.marked.has(at) ? new Uint8Array(BLOCK) : unit.slice(at, 1));
        unit.grown.add(at);
      }
      return GOOD;
    });
    return { cdb: `07 ${be(bits([long, 0x02]), 1)} 0000 00 00`, out, expected };
  },
  'READ DEFECT DATA'(unit, step) {
    const { twelve, grown, format } = step;
    const flags = be(bits([grown, 0x08]) | format, 1);
    const expected = unit.access(step, 'read', () => {
      if (format === 5) return unit.refusal('1/1c/00');
      const lbas = grown ? [...unit.grown].sort((a, b) => a - b) : [];
      const size = format === 0 ? 4 : 8;
      const list = lbas.map((each) => be(each, size)).join('');
      const bytes = be(size * lbas.length, twelve ? 4 : 2);
      return { status: 0, data: hex(`00 ${flags} ${twelve ? '0000' : ''} ${bytes} ${list}`) };
    });
    const cdb = twelve ? `b7 ${flags} 00000000 00002000 00 00` : `37 00 ${flags} 00000000 2000 00`;
    return { cdb, expected };
  },
};
