/** EXTENDED COPY between the two disks, and what RECEIVE COPY RESULTS says of it. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS, groupOf, type Lun, type Who } from './device.ts';
import { GOOD, type Answers, type Expected } from './exchange.ts';
import { blocks, is, lba } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

export type Copying =
  | {
      readonly do: 'EXTENDED COPY';
      readonly form: 'LID1' | 'LID4';
      readonly from: Lun;
      readonly to: Lun;
      readonly sourceLba: number;
      readonly destinationLba: number;
      readonly blocks: number;
    }
  | { readonly do: 'RECEIVE COPY STATUS' };

export const copying: fc.Arbitrary<Copying> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('EXTENDED COPY'),
      form: is('LID1', 'LID4'),
      from: fc.constantFrom<Lun>(0, 1),
      to: fc.constantFrom<Lun>(0, 1),
      sourceLba: lba,
      destinationLba: lba,
      blocks,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('RECEIVE COPY STATUS') }) },
);

/** LIST IDENTIFIER of every copy. */
const LIST = 5;

export const copyingAnswers: Answers<Copying> = {
  'EXTENDED COPY'(unit, step) {
    const { form, from, to, sourceLba, destinationLba } = step;
    const cscds = unit.device.units.map(
      ({ traits }) => `e4 00 0000 01 03 00 08 ${be(traits.naa, 8)} ${be(0, 12)} 00 ${be(BLOCK, 3)}`,
    );
    const segment = `02 00 0018 ${be(from, 2)} ${be(to, 2)} 0000 ${be(step.blocks, 2)} ${be(sourceLba, 8)} ${be(destinationLba, 8)}`;
    const header =
      form === 'LID1'
        ? `${be(LIST, 1)} 00 0040 00000000 0000001c 00000000`
        : `01 00 0020 ${be(0, 11)} 00 ff ${be(0, 3)} ${be(LIST, 4)} ${be(0, 18)} 0040 001c 0000`;
    const out = hex(header + cscds.join('') + segment);
    const expected = unit.check(step, 'write', () => {
      const done = copy(unit, step.who, step);
      unit.copies.set(step.who, done === GOOD ? step.blocks : undefined);
      return done;
    });
    const action = form === 'LID1' ? '00' : '01';
    return { cdb: `83 ${action} ${be(0, 8)} ${be(out.length, 4)} 00 00`, out, expected };
  },
  'RECEIVE COPY STATUS': (unit, step) => ({
    cdb: `84 00 ${be(LIST, 1)} ${be(0, 7)} 00000100 00 00`,
    expected: unit.check(step, 'read', () => {
      if (!unit.copies.has(step.who)) return unit.refusal('5/24/00');
      const copied = unit.copies.get(step.who);
      if (copied === undefined)
        return {
          status: 0,
          data: (data) => ((data[4]! & 0x7f) === 2 ? undefined : `status ${data[4]}, not failed`),
        };
      return { status: 0, data: hex(`00000008 01 0001 00 ${be(copied * BLOCK, 4)}`) };
    }),
  }),
};

type Copy = Extract<Copying, { readonly do: 'EXTENDED COPY' }>;

/** A segment that copies blocks, with no more rights than its sender has. */
function copy(manager: UnitModel, who: Who, step: Copy): Expected {
  const { sourceLba, destinationLba, blocks: count } = step;
  const { units } = manager.device;
  const [source, destination] = [units[step.from], units[step.to]];
  if (sourceLba + count > BLOCKS || destinationLba + count > BLOCKS)
    return manager.refusal('a/0d/02'); // COPY TARGET DEVICE NOT REACHABLE
  if (count === 0) return GOOD;
  const fails =
    obstructed(source, who, false) ||
    obstructed(destination, who, true) ||
    Array.from({ length: count }, (_, i) => sourceLba + i).some((at) => source.marked.has(at));
  if (fails) return manager.refusal('a/0d/01'); // THIRD PARTY DEVICE FAILURE
  const written = Array.from({ length: count }, (_, i) => source.written.has(sourceLba + i));
  destination.store(destinationLba, source.slice(sourceLba, count).slice());
  // What the source never held need not be kept in the destination either.
  for (const [i, was] of written.entries())
    if (!was) destination.written.delete(destinationLba + i);
  return GOOD;
}

function obstructed(unit: UnitModel, who: Who, writes: boolean): boolean {
  const may = unit.reservations.access(who);
  return (
    unit.groups[groupOf(who)] > 1 ||
    (unit.reserve !== undefined && unit.reserve !== who) ||
    !(writes ? may.write : may.read) ||
    unit.obstacle !== undefined ||
    (writes && unit.control.swp)
  );
}
