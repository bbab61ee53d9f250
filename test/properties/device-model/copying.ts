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
  | { readonly do: 'RECEIVE COPY STATUS'; readonly form: 'LID1' | 'LID4' };

/** What is remembered of a copy. */
export interface LastCopy {
  readonly form: 'LID1' | 'LID4';
  /** Blocks that it copied; undefined where it failed. */
  readonly blocks: number | undefined;
}

const extendedCopy = fc.record({
  do: is('EXTENDED COPY'),
  form: is('LID1', 'LID4'),
  from: fc.constantFrom<Lun>(0, 1),
  to: fc.constantFrom<Lun>(0, 1),
  sourceLba: lba,
  destinationLba: lba,
  blocks,
});

const copyStatus = fc.record({ do: is('RECEIVE COPY STATUS'), form: is('LID1', 'LID4') });

/** A copy, and what is said of it. */
export const copied: fc.Arbitrary<readonly Copying[]> = fc.tuple(extendedCopy, copyStatus);

export const copying: fc.Arbitrary<Copying> = fc.oneof(
  { weight: 4, arbitrary: extendedCopy },
  { weight: 1, arbitrary: copyStatus },
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
      unit.copies.set(step.who, { form, blocks: done === GOOD ? step.blocks : undefined });
      return done;
    });
    const action = form === 'LID1' ? '00' : '01';
    return { cdb: `83 ${action} ${be(0, 8)} ${be(out.length, 4)} 00 00`, out, expected };
  },
  'RECEIVE COPY STATUS'(unit, step) {
    const expected = unit.check(step, 'read', () => {
      const copied = unit.copies.get(step.who);
      if (copied === undefined) return unit.refusal('5/24/00');
      const wrong = step.form === 'LID1' ? wrongStatus1 : wrongStatus4;
      return { status: 0, data: (data) => wrong(copied, data) };
    });
    const cdb =
      step.form === 'LID1'
        ? `84 00 ${be(LIST, 1)} ${be(0, 7)} 00000100 00 00`
        : `84 05 ${be(LIST, 4)} ${be(0, 4)} 00000100 00 00`;
    return { cdb, expected };
  },
};

/** RECEIVE COPY STATUS(LID1): COPY COMMAND STATUS, and one segment with its bytes where it was copied. */
function wrongStatus1({ blocks: copied }: LastCopy, data: Uint8Array): string | undefined {
  if (copied === undefined)
    return (data[4]! & 0x7f) === 2 ? undefined : `status ${data[4]}, not failed`;
  const wanted = hex(`00000008 01 0001 00 ${be(copied * BLOCK, 4)}`);
  return Buffer.compare(data, wanted) === 0 ? undefined : Buffer.from(data).toString('hex');
}

/** RECEIVE COPY STATUS(LID4): that of copies of both forms, with the sense data where one failed. */
function wrongStatus4({ form, blocks: copied }: LastCopy, data: Uint8Array): string | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const seen = [data[4], data[5], data[12], view.getUint16(24)];
  const wanted = [form === 'LID1' ? 0 : 1, ...(copied === undefined ? [2, 2, 0] : [1, 0, 1])];
  if (seen.join() !== wanted.join()) return `${seen.join()}, not ${wanted.join()}`;
  const length = 32 + data[14]!;
  if (view.getUint32(0) !== length - 4 || data.length !== length) return 'wrong lengths';
  if (copied === undefined)
    return (data[32 + (data[32]! < 0x72 ? 2 : 1)]! & 0x0f) === 0xa ? undefined : 'not COPY ABORTED';
  const count = Number(view.getBigUint64(16));
  return data[15] === 0 && count === copied * BLOCK ? undefined : `${count} of units ${data[15]}`;
}

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
  const stored = destination.finding(() => {
    destination.store(destinationLba, source.slice(sourceLba, count).slice());
    return GOOD;
  });
  if (stored !== GOOD) return manager.refusal('a/0d/01');
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
