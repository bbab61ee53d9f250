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
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
      readonly unmap: boolean;
      readonly noDataOut: boolean;
    }
  | { readonly do: 'UNMAP'; readonly ranges: readonly (readonly [lba: number, blocks: number])[] }
  | { readonly do: 'GET LBA STATUS'; readonly lba: number };

export const provisioning: fc.Arbitrary<Provisioning> = fc.oneof(
  fc.record({
    do: is('WRITE SAME'),
    ...range,
    seed,
    unmap: fc.boolean(),
    noDataOut: fc.boolean(),
  }),
  fc.record({ do: is('UNMAP'), ranges: fc.array(fc.tuple(lba, count), { maxLength: 3 }) }),
  fc.record({ do: is('GET LBA STATUS'), lba }),
);

export const provisioningAnswers: Answers<Provisioning> = {
  'WRITE SAME'(unit, step) {
    const { lba: first, unmap, noDataOut } = step;
    const flags = be(bits([unmap, 0x08], [noDataOut, 0x01]), 1);
    const out = noDataOut ? new Uint8Array(0) : pattern(step.seed, 0, 1);
    const block = noDataOut ? new Uint8Array(BLOCK) : out;
    const expected = unit.access(step, 'write', () => {
      if (unmap && !unit.traits.thin) return unit.refusal('5/24/00');
      if (first + step.blocks > BLOCKS) return unit.outOfRange(step);
      const blocks = step.blocks || BLOCKS - first; // 0: to the end
      for (let i = first; i < first + blocks; i++) unit.store(i, block);
      if (unmap && block.every((byte) => byte === 0)) unit.deallocate(first, blocks);
      return GOOD;
    });
    return { cdb: `93 ${flags} ${be(first, 8)} ${be(step.blocks, 4)} 00 00`, out, expected };
  },
  UNMAP(unit, step) {
    const { ranges } = step;
    const descriptors = ranges.map(
      ([first, blocks]) => `${be(first, 8)} ${be(blocks, 4)} 00000000`,
    );
    const size = 16 * ranges.length;
    const out = hex(`${be(size + 6, 2)} ${be(size, 2)} 00000000 ${descriptors.join('')}`);
    const cdb = `42 00 00000000 00 ${be(out.length, 2)} 00`;
    if (!unit.traits.thin) return { cdb, out, expected: unit.refusal('5/20/00') };
    const expected = unit.access(step, 'write', () => {
      // All ranges are looked at before the first block is touched.
      for (const [first, blocks] of ranges)
        if (first + blocks > BLOCKS) return unit.outOfRange({ lba: first });
      for (const [first, blocks] of ranges) unit.deallocate(first, blocks);
      return GOOD;
    });
    return { cdb, out, expected };
  },
  'GET LBA STATUS': (unit, step) => ({
    cdb: `9e 12 ${be(step.lba, 8)} 00000088 00 00`,
    expected: unit.access(step, 'read', () =>
      step.lba >= BLOCKS
        ? unit.refusal('5/21/00', step.lba)
        : { status: 0, data: (data) => wrongStatus(unit, step.lba, data) },
    ),
  }),
};

/** What was written is mapped; what is deallocated was not, and reads as zeros. */
function wrongStatus(unit: UnitModel, from: number, data: Uint8Array): string | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  let next = from;
  for (let at = 8; at + 16 <= data.length; at += 16) {
    const first = Number(view.getBigUint64(at));
    const blocks = view.getUint32(at + 8);
    const status = view.getUint8(at + 12) & 0x0f;
    if (first !== next || blocks === 0) return `descriptor at ${first} after ${next}`;
    next = first + blocks;
    if (next > BLOCKS) return `a descriptor ends at ${next}`;
    if (status !== 0 && !unit.traits.thin) return 'deallocated on a fully provisioned disk';
    for (let i = first; i < next; i++)
      if (status !== 0 && unit.written.has(i)) return `block ${i} is said to be deallocated`;
  }
  return next === from ? 'no descriptor' : undefined;
}
