import { describe, expect, it } from 'vitest';
import {
  CSCD_SELF,
  encodeCopyList,
  type BlockToBlock,
  type CopyList,
  type SegmentDescriptor,
} from '../../../src/cdb/index.ts';
import { BackendError } from '../../../src/backend/backend.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { scriptedBackend } from '../../../src/testing/scripted-backend.ts';
import { decodeSense } from '../../../src/sense/index.ts';
import {
  copyBench,
  extendedCopy,
  extendedCopyCdb,
  numbered,
  type CopyBench,
} from '../copy-bench.ts';
import { bench, good, hex, refusal, unexpected, type Answer } from '../disk-under-test.ts';

const filled = (byte: number, length = 512): number[] => Array.from({ length }, () => byte);

const segment = (more: Partial<BlockToBlock> = {}): SegmentDescriptor => ({
  type: 'block to block',
  source: 0,
  destination: 1,
  sourceLba: 3,
  destinationLba: 10,
  blocks: 2,
  ...more,
});

/** The second disk has eight blocks of 4096 bytes. */
const withLargeBlocks = (): CopyBench => copyBench({}, { backend: numbered(8, 200, 4096) });

/** Copies from LUN 0 to LUN 1 unless the list says otherwise. */
function copy(list: Partial<CopyList> = {}, at = copyBench(), form: 'LID1' | 'LID4' = 'LID1') {
  const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
  const [cdb, how] = extendedCopy({ cscds, segments: [segment()], ...list }, form);
  return { at, answer: at.send(cdb, how) };
}

const sense = ({ sense: bytes }: Answer) => decodeSense(bytes!)!;

const codes = (answer: Answer): string => {
  const { key, asc, ascq } = sense(answer);
  return [key, asc, ascq].map((n) => n.toString(16)).join('/');
};

describe.each(['LID1', 'LID4'] as const)('EXTENDED COPY(%s)', (form) => {
  it('copies blocks from one unit to another, and no others', () => {
    const { at, answer } = copy({}, undefined, form);
    expect(answer.status).toBe(0);
    expect(at.block(1, 9)).toEqual(filled(137));
    expect(at.block(1, 10)).toEqual(filled(3));
    expect(at.block(1, 11)).toEqual(filled(4));
    expect(at.block(1, 12)).toEqual(filled(140));
    expect(at.block(0, 3)).toEqual(filled(3));
  });

  it('of no list is fine, and asks for no data', () => {
    expect(bench().send(extendedCopyCdb(0, form), { out: unexpected })).toEqual(good());
  });

  it('ends with PARAMETER LIST LENGTH ERROR where the list is cut at any place', () => {
    const at = copyBench();
    const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
    const whole = encodeCopyList(form, { cscds, segments: [segment()] });
    for (let length = 1; length < whole.length; length++) {
      const answer = at.send(extendedCopyCdb(length, form), { out: whole });
      expect([length, codes(answer)]).toEqual([length, '5/1a/0']);
      const short = at.send(extendedCopyCdb(whole.length, form), {
        out: whole.subarray(0, length),
      });
      expect([length, codes(short)]).toEqual([length, '5/1a/0']);
    }
    expect(at.block(1, 10)).toEqual(filled(138));
  });
});

describe('EXTENDED COPY', () => {
  it.each([
    ['forwards', 3, 5],
    ['backwards', 5, 3],
  ])('copies %s onto itself as if there were a buffer between', (_, sourceLba, destinationLba) => {
    const self = {
      source: CSCD_SELF,
      destination: CSCD_SELF,
      sourceLba,
      destinationLba,
      blocks: 4,
    };
    const { at } = copy({ cscds: [], segments: [segment(self)] });
    for (let i = 0; i < 4; i++)
      expect(at.block(0, destinationLba + i)).toEqual(filled(sourceLba + i));
  });

  it('moves bytes that begin and end within blocks', () => {
    const offsets: SegmentDescriptor = {
      type: 'block to block with offsets',
      source: 0,
      destination: 1,
      sourceLba: 3,
      sourceOffset: 510,
      destinationLba: 10,
      destinationOffset: 511,
      bytes: 3,
    };
    const { at } = copy({ segments: [offsets] });
    expect(at.block(1, 10)).toEqual([...filled(138, 511), 3]);
    expect(at.block(1, 11)).toEqual([3, 4, ...filled(139, 510)]);
  });

  it('copies between units of different block lengths', () => {
    const at = withLargeBlocks();
    const { answer } = copy(
      { segments: [segment({ blocks: 8, sourceLba: 8, destinationLba: 1 })] },
      at,
    );
    expect(answer.status).toBe(0);
    expect(at.block(1, 1).filter((_, i) => i % 512 === 0)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(at.block(1, 2)).toEqual(filled(202, 4096));
  });

  it('fills up the last block where PAD says so, and is inexact where it does not', () => {
    const segments = [segment({ blocks: 1, destinationLba: 1 })];
    const refused = copy({ segments }, withLargeBlocks());
    expect(codes(refused.answer)).toBe('a/26/a');
    expect(sense(refused.answer).fieldPointer).toEqual({ in: 'segment', byte: 10 });
    expect(refused.at.block(1, 1)).toEqual(filled(201, 4096));
    const at = withLargeBlocks();
    const cscds = [at.cscd(0), { ...at.cscd(1), pad: true }] as CopyList['cscds'];
    expect(copy({ cscds, segments }, at).answer.status).toBe(0);
    expect(at.block(1, 1)).toEqual([...filled(3), ...filled(0, 3584)]);
  });

  it('counts in blocks of the destination with DC', () => {
    const at = withLargeBlocks();
    const segments = [segment({ destinationCount: true, blocks: 1, destinationLba: 1 })];
    expect(copy({ segments }, at).answer.status).toBe(0);
    expect(at.block(1, 1)[4095]).toBe(10);
  });

  it.each([
    ['a CSCD descriptor that is not there', { source: 2 }, 'a/d/2', 4],
    ['a destination that is not there', { destination: 9 }, 'a/d/2', 6],
    ['blocks behind the end of the source', { sourceLba: 63 }, 'a/d/2', 12],
    ['blocks behind the end of the destination', { destinationLba: 63 }, 'a/d/2', 20],
  ])('aborts the copy at %s, and the segments before stand', (_, wrong, expected, byte) => {
    const { at, answer } = copy({ segments: [segment(), segment(wrong)] });
    expect(codes(answer)).toBe(expected);
    expect(sense(answer)).toMatchObject({
      commandSpecific: 1,
      fieldPointer: { in: 'segment', byte },
    });
    expect(at.block(1, 10)).toEqual(filled(3));
    expect(at.block(1, 63)).toEqual(filled(191));
  });

  it('aborts at a unit of another block length, or of another device type, than told', () => {
    for (const wrong of [{ blockLength: 4096 }, { deviceType: 1 }]) {
      const at = copyBench();
      const cscds = [at.cscd(0), { ...at.cscd(1), ...wrong }] as CopyList['cscds'];
      const { answer } = copy({ cscds }, at);
      expect(codes(answer)).toBe('a/d/3');
      expect(at.block(1, 10)).toEqual(filled(138));
    }
  });

  it('forwards what a write-protected destination says', () => {
    const at = copyBench({ descriptorSense: true }, { readOnly: true });
    const { answer } = copy({}, at);
    expect(codes(answer)).toBe('a/d/1');
    const { forwarded } = sense(answer);
    expect(forwarded).toMatchObject({ source: 'copy destination', status: 2 });
    expect(decodeSense(forwarded!.sense)).toMatchObject({ key: 7, asc: 0x27, ascq: 0 });
    expect(at.block(1, 10)).toEqual(filled(138));
  });

  it('forwards that the destination is full; what was copied before is there, and what comes after is not', () => {
    const full = new BackendError('space', 'full', { lba: 20 });
    const rules = [{ op: 'write', lba: 20, times: 1, action: { fail: full } }] as const;
    const backend = scriptedBackend(numbered(64, 128), rules);
    const at = copyBench({ descriptorSense: true }, { backend });
    const segments = [10, 20, 30].map((destinationLba) => segment({ destinationLba }));
    const { answer } = copy({ listId: 5, segments }, at);
    expect(codes(answer)).toBe('a/d/1'); // COPY ABORTED, THIRD PARTY DEVICE FAILURE
    const { commandSpecific, forwarded } = sense(answer);
    expect(commandSpecific).toBe(1);
    expect(forwarded).toMatchObject({ source: 'copy destination', status: 2 });
    const spaceFailure = { key: 7, asc: 0x27, ascq: 7, information: 20 };
    expect(decodeSense(forwarded!.sense)).toMatchObject(spaceFailure);
    const copied = [10, 20, 30].map((lba) => at.block(1, lba)[0]);
    expect(copied).toEqual([3, 148, 158]);
    expect(at.send(status1('05'))).toEqual(good('00000008 02 0001 00 00000400'));
    // There is room again.
    expect(copy({ segments }, at).answer.status).toBe(0);
    expect(at.block(1, 30)).toEqual(filled(3));
  });

  it('has no more rights than its sender: a reserved destination is not written', () => {
    const at = copyBench({ descriptorSense: true });
    at.other.reservations.reserve(at.initiator('holder'));
    const { answer } = copy({}, at);
    expect(codes(answer)).toBe('a/d/1');
    expect(sense(answer).forwarded).toMatchObject({ source: 'copy destination', status: 0x18 });
    expect(at.block(1, 10)).toEqual(filled(138));
  });

  it.each(['source', 'destination'] as const)(
    'has no more rights than its sender: a %s that is in standby where it comes from takes no part',
    (end) => {
      const at = copyBench({ descriptorSense: true });
      // A third disk, active everywhere, makes the copy.
      const manager = createDisk({ backend: numbered(64, 64), descriptorSense: true });
      at.target.luns.add(2, manager);
      const far = at.target.addPort({ portGroup: 2 }).nexus('far');
      for (const unit of at.target.luns.units())
        for (const nexus of [at.nexus, far])
          while (unit.attentions(nexus).pending) unit.attentions(nexus).take();
      (end === 'source' ? at.unit : at.other).access.set(2, 'standby');
      while (at.other.attentions(far).pending) at.other.attentions(far).take();
      const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
      const [cdb, how] = extendedCopy({ cscds, segments: [segment()] });
      const answer = at.send(cdb, { ...how, lun: 2, from: far });
      expect(codes(answer)).toBe('a/d/1');
      const { forwarded } = sense(answer);
      expect(forwarded).toMatchObject({ source: `copy ${end}`, status: 2 });
      expect(decodeSense(forwarded!.sense)).toMatchObject({ key: 2, asc: 0x04, ascq: 0x0b });
      expect(at.block(1, 10)).toEqual(filled(138));
      expect(at.send(cdb, { ...how, lun: 2 }).status).toBe(0);
    },
  );

  it('ends where its destination becomes unavailable on the way', async () => {
    const backend = scriptedBackend(numbered(64, 128), [{ op: 'write', action: 'hold' }]);
    const at = copyBench({}, { backend });
    const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
    const segments = [segment(), segment({ destinationLba: 20 })];
    const [cdb, how] = extendedCopy({ cscds, segments });
    const answer = at.sendAsync(cdb, how);
    at.other.access.set(at.nexus.port.portGroup, 'unavailable');
    await backend.proceedAll();
    expect(sense((await answer)!)).toMatchObject({ key: 0xa, asc: 0x0d, commandSpecific: 1 });
    expect([at.block(1, 10), at.block(1, 20)]).toEqual([filled(3), filled(148)]);
  });

  it('verifies that a unit is there, and that it is ready if that is wanted', () => {
    const at = copyBench();
    const verify = (source: number, testUnitReady: boolean) =>
      copy({ segments: [{ type: 'verify CSCD', source, testUnitReady }] }, at).answer;
    expect(verify(1, true).status).toBe(0);
    expect(codes(verify(5, false))).toBe('a/d/2');
    at.other.readiness.started = false;
    expect(verify(1, false).status).toBe(0);
    expect(codes(verify(1, true))).toBe('a/d/1');
  });

  it.each([
    [
      '65 CSCD descriptors',
      { cscds: Array.from({ length: 65 }, () => ({})) as never },
      '5/26/06',
      2,
    ],
    ['257 segments', { segments: Array.from({ length: 257 }, () => segment()) }, '5/26/08', 8],
  ])('refuses %s before anything is copied', (_, list, expected, byte) => {
    const { at, answer } = copy(list);
    expect(answer).toEqual(refusal(expected, { list: [byte] }, answer.dataOutLength));
    expect(at.block(1, 10)).toEqual(filled(138));
  });

  /** Sends a list with some of its bytes changed. */
  function changed(change: (bytes: Uint8Array) => void, list: Partial<CopyList> = {}) {
    const at = copyBench();
    const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
    const out = encodeCopyList('LID1', { cscds, segments: [segment(), segment()], ...list });
    change(out);
    return { at, answer: at.send(extendedCopyCdb(out.length), { out }), length: out.length };
  }

  it.each([
    ['a CSCD descriptor of type E0h', 48, 0xe0, '5/26/07', [48]],
    ['a segment descriptor of type 03h', 108, 0x03, '5/26/09', [108]],
    ['LIST ID USAGE 01b', 1, 0x08, '5/26/00', [1, 4]],
    ['inline data', 15, 0x01, '5/26/0b', [12]],
  ] as const)('refuses %s before anything is copied', (_, at, value, expected, list) => {
    const {
      answer,
      length,
      at: disks,
    } = changed((bytes) => {
      bytes[at] = value;
    });
    expect(answer).toEqual(refusal(expected, { list }, length));
    expect(disks.block(1, 10)).toEqual(filled(138));
  });

  it('refuses a LID4 header of another format', () => {
    const at = copyBench();
    for (const byte of [0, 3, 16]) {
      const out = encodeCopyList('LID4', {});
      out[byte]! ^= 0x02;
      const answer = at.send(extendedCopyCdb(out.length, 'LID4'), { out });
      expect(answer).toEqual(refusal('5/26/00', { list: [byte === 3 ? 2 : byte] }, 48));
    }
  });
});

/** RECEIVE COPY STATUS, LID1 and LID4. */
const status1 = (id: string): string => `84 00 ${id} 00000000000000 000000ff 00 00`;
const status4 = (id: string): string => `84 05 ${id} 00000000 000000ff 00 00`;

describe('the results of EXTENDED COPY', () => {
  it('are told to who made the copy, by its list identifier', () => {
    const at = copyBench();
    copy({ listId: 5 }, at);
    expect(at.send(status1('05'))).toEqual(good('00000008 01 0001 00 00000400'));
    expect(at.send(status4('00000005')).data.subarray(4, 8)).toEqual(hex('00 01 0001'));
    expect(at.send(status1('05'), { from: at.initiator('other') })).toEqual(
      refusal('5/24/00', { cdb: [2] }),
    );
  });

  it('are not kept of a copy without a list identifier', () => {
    const at = copyBench();
    copy({ listIdUsage: 3 }, at);
    expect(at.send(status1('00'))).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('have the failure with its sense data', () => {
    const at = copyBench();
    const { answer } = copy({ listId: 5, segments: [segment(), segment({ source: 9 })] }, at);
    expect(at.send(status1('05'))).toEqual(good('00000008 02 0001 00 00000400'));
    const details = at.send('84 04 05 00000000000000 000000ff 00 00').data;
    expect(details.subarray(60)).toEqual(answer.sense);
    expect(at.send(status4('00000005')).data.subarray(32)).toEqual(answer.sense);
  });

  it('have no failure details where nothing failed', () => {
    const at = copyBench();
    copy({ listId: 5 }, at);
    expect(at.send('84 04 05 00000000000000 000000ff 00 00')).toEqual(good('00000000'));
  });
});
