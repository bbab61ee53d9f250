/** Commands of thin provisioning. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS } from './device.ts';
import { bits, GOOD, type Answers } from './exchange.ts';
import { blocks as count, is, lba, pattern, range, seed } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

export type Provisioning =
  | {
      readonly do: 'WRITE SAME';
      readonly form: 10 | 16 | 32;
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
      readonly unmap: boolean;
      readonly anchor: boolean;
      readonly noDataOut: boolean;
    }
  | {
      readonly do: 'UNMAP';
      readonly ranges: readonly (readonly [lba: number, blocks: number])[];
      readonly anchor: boolean;
    }
  | {
      readonly do: 'GET LBA STATUS';
      readonly long: boolean;
      readonly lba: number;
      readonly type: number;
      /** SCAN LENGTH of the long form; 0: to the end. */
      readonly scan: number;
    };

/** REPORT TYPE: all, all with unknown apart, mapped, deallocated, anchored, may fail. */
const TYPES = [0x00, 0x01, 0x02, 0x03, 0x04, 0x10];

export const provisioning: fc.Arbitrary<Provisioning> = fc.oneof(
  fc.record({
    do: is('WRITE SAME'),
    form: fc.constantFrom(10 as const, 16 as const, 16 as const, 32 as const),
    ...range,
    seed,
    unmap: fc.boolean(),
    anchor: fc.nat(3).map((n) => n === 0),
    noDataOut: fc.boolean(),
  }),
  fc.record({
    do: is('UNMAP'),
    ranges: fc.array(fc.tuple(lba, count), { maxLength: 3 }),
    anchor: fc.nat(3).map((n) => n === 0),
  }),
  fc.record({
    do: is('GET LBA STATUS'),
    long: fc.boolean(),
    lba,
    type: fc.constantFrom(...TYPES, 0, 0x05),
    scan: fc.constantFrom(0, 0, 10, 150),
  }),
);

export const provisioningAnswers: Answers<Provisioning> = {
  'WRITE SAME'(unit, step) {
    const { lba: first, unmap, anchor, form } = step;
    // WRITE SAME(10) has no NDOB.
    const noDataOut = step.noDataOut && form !== 10;
    const flags = be(bits([anchor, 0x10], [unmap, 0x08], [noDataOut, 0x01]), 1);
    const out = noDataOut ? new Uint8Array(0) : pattern(step.seed, 0, 1);
    const block = noDataOut ? new Uint8Array(BLOCK) : out;
    const cdb = {
      10: `41 ${flags} ${be(first, 4)} 00 ${be(step.blocks, 2)} 00`,
      16: `93 ${flags} ${be(first, 8)} ${be(step.blocks, 4)} 00 00`,
      32: `7f 00 00000000 00 18 000d ${flags} 00 ${be(first, 8)} ${be(0, 8)} ${be(step.blocks, 4)}`,
    }[form];
    if (form === 32) return { cdb, out, expected: unit.refusal('5/20/00') };
    const expected = unit.access(step, 'write', () => {
      if (anchor && !(unmap && unit.traits.anchors)) return unit.refusal('5/24/00');
      if (unmap && !unit.traits.thin) return unit.refusal('5/24/00');
      if (first + step.blocks > BLOCKS) return unit.outOfRange(step);
      const blocks = step.blocks || BLOCKS - first; // 0: to the end
      if (unmap && block.every((byte) => byte === 0)) unit.deallocate(first, blocks, anchor);
      else
        unit.store(
          first,
          new Uint8Array(blocks * BLOCK).map((_, i) => block[i % BLOCK]!),
        );
      return GOOD;
    });
    return { cdb, out, expected };
  },
  UNMAP(unit, step) {
    const { ranges, anchor } = step;
    const descriptors = ranges.map(
      ([first, blocks]) => `${be(first, 8)} ${be(blocks, 4)} 00000000`,
    );
    const size = 16 * ranges.length;
    const out = hex(`${be(size + 6, 2)} ${be(size, 2)} 00000000 ${descriptors.join('')}`);
    const cdb = `42 ${be(bits([anchor, 0x01]), 1)} 00000000 00 ${be(out.length, 2)} 00`;
    if (!unit.traits.thin) return { cdb, out, expected: unit.refusal('5/20/00') };
    const expected = unit.access(step, 'write', () => {
      if (anchor && !unit.traits.anchors) return unit.refusal('5/24/00');
      // All ranges are looked at before the first block is touched.
      for (const [first, blocks] of ranges)
        if (first + blocks > BLOCKS) return unit.outOfRange({ lba: first });
      for (const [first, blocks] of ranges) unit.deallocate(first, blocks, anchor);
      return GOOD;
    });
    return { cdb, out, expected };
  },
  'GET LBA STATUS'(unit, step) {
    const { lba: first, type, long } = step;
    const scan = long ? step.scan : 0;
    const cdb = long
      ? `7f 00 00000000 00 18 0012 ${be(type, 1)} 00 ${be(first, 8)} ${be(scan, 4)} 00000000 00002000`
      : `9e 12 ${be(first, 8)} 00002000 ${be(type, 1)} 00`;
    const expected = unit.access(step, 'read', () => {
      if (!TYPES.includes(type)) return unit.refusal('5/24/00');
      if (first >= BLOCKS) return unit.refusal('5/21/00', first);
      const end = scan === 0 ? BLOCKS : Math.min(BLOCKS, first + scan);
      return { status: 0, data: (data) => wrongStatus(unit, type, first, end, data) };
    });
    return { cdb, expected };
  },
};

/** PROVISIONING STATUS. */
const DEALLOCATED = 1;
const ANCHORED = 2;

/**
 * What was written is mapped, what is deallocated was not and reads as zeros, and what is anchored
 * was neither written nor deallocated since. A report of one kind has all of that kind, and no other.
 */
function wrongStatus(
  unit: UnitModel,
  type: number,
  from: number,
  end: number,
  data: Uint8Array,
): string | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const seen = new Set<number>();
  let next = from;
  for (let at = 8; at + 16 <= data.length; at += 16) {
    const first = Number(view.getBigUint64(at));
    const blocks = view.getUint32(at + 8);
    const status = view.getUint8(at + 12) & 0x0f;
    if (first < next || blocks === 0) return `descriptor at ${first} after ${next}`;
    next = first + blocks;
    if (next > end) return `a descriptor ends at ${next}`;
    if (status === DEALLOCATED && !unit.traits.thin)
      return 'deallocated on a fully provisioned disk';
    if (status === ANCHORED && !unit.traits.anchors) return 'anchored on a disk without anchors';
    for (let i = first; i < next; i++) {
      seen.add(i);
      const said = `block ${i} has status ${status}`;
      if ((status === DEALLOCATED || status === ANCHORED) && unit.written.has(i)) return said;
      if (status === DEALLOCATED && unit.anchored.has(i)) return said;
      if (type === 0x10 && !unit.marked.has(i)) return `block ${i} is said to be bad`;
    }
  }
  for (let i = from; i < end; i++) {
    const wanted =
      type < 2 ||
      (type === 2 && unit.traits.knowsMapped && unit.written.has(i)) ||
      (type === 0x10 && unit.marked.has(i));
    if (wanted && !seen.has(i)) return `block ${i} is not in a report of type ${type}`;
  }
  return undefined;
}
