import { describe, expect, it } from 'vitest';
import { BackendError } from '../../src/backend/backend.ts';
import {
  decodeApplicationErrorHistory,
  decodeErrorHistoryDirectory,
  encodeApplicationErrorHistory,
  encodeErrorHistoryDirectory,
} from '../../src/cdb/error-history.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';
import { ascii as asciiOf, READ_0, TEST_UNIT_READY } from './familiar-commands.ts';
import { be, bench, good, hex, memory, refusal } from './disk-under-test.ts';

/** READ BUFFER(10) in mode 1Ch. */
const read = (bufferId: number, offset = 0, length = 4096): string =>
  `3c 1c ${be(bufferId, 1)} ${be(offset, 3)} ${be(length, 3)} 00`;
const write = (length: number): string => `3b 1c 00 000000 ${be(length, 3)} 00`;

/** An addition of an application, written down from SPC: four bytes of location, four of history. */
const ADDITION = hex(`${asciiOf('ACME    ')} 0002 00 00 000000000007 0000 01 01 0004 0004
  00000009 cafebabe`);
const OTHERS = refusal('5/00/16'); // OPERATION IN PROGRESS

/** A unit whose first block cannot be read, after an attempt to. */
function damaged() {
  const backend = memory();
  const view = backend.view.bind(backend);
  backend.view = (lba, blocks) => {
    if (lba === 0) throw new BackendError('medium', 'a scratch', { lba: 0 });
    return view(lba, blocks);
  };
  const device = bench({ backend });
  device.clock.advance(1500);
  device.send(READ_0);
  return device;
}
const LINE = '1500 03/11/00 28000000000000000100 0\n';

const entry = (id: number, length: number): string => `${be(id, 1)} 00 0000 ${be(length, 4)}`;
// EHS_RETRIEVED 10b: nobody has; EHS_SOURCE 01b: this command, then 10b: an earlier one; CLR_SUP.
const header = (flags: string): string =>
  `${asciiOf('SCSITGT ')} 01 ${flags} ${'00'.repeat(20)} 0030`;

describe('the error history', () => {
  it('has a directory of what there is', () => {
    const { send } = damaged();
    const list = `${entry(0, 80)} ${entry(1, 80)} ${entry(2, 80)} ${entry(3, 80)}
      ${entry(0x10, LINE.length)} ${entry(0x11, 0)}`;
    expect(send(read(0))).toEqual(good(`${header('13')} ${list}`));
    expect(send(read(0))).toEqual(good(`${header('15')} ${list}`));
    send(read(0xfe));
    expect(send(read(0))).toEqual(good(`${header('0d')} ${list}`)); // 01b: somebody has
    expect(send(read(1))).toEqual(good(`${header('13')} ${list}`)); // a new snapshot
  });

  it('has a line for each error of medium or hardware, and is what it was when it was asked for', () => {
    const { send } = damaged();
    send('28 00 ffffffff 00 0001 00'); // past the end: no fault of the disk
    send(read(0));
    send(READ_0);
    expect(send(read(0x10))).toEqual(good(new TextEncoder().encode(LINE)));
    expect(send(read(0x10, 5, 2))).toEqual(good(hex(asciiOf('03'))));
    expect(send(read(0x10, LINE.length))).toEqual(good());
    send(read(1));
    expect(send(read(0x10)).data.length).toBe(2 * LINE.length);
  });

  it('has what applications add, as they sent it', () => {
    const { send } = bench();
    for (let i = 0; i < 2; i++)
      expect(send(write(ADDITION.length), { out: ADDITION })).toEqual(good('', ADDITION.length));
    send(read(0));
    expect(send(read(0x11)).data).toEqual(Uint8Array.of(...ADDITION, ...ADDITION));
    expect(send(write(0))).toEqual(good());
  });

  it('is cleared with CLR, but not the snapshot that somebody reads', () => {
    const { send } = damaged();
    send(write(ADDITION.length), { out: ADDITION });
    send(read(0));
    const clear = ADDITION.slice();
    clear[10] = 1;
    expect(send(write(clear.length), { out: clear })).toEqual(good('', clear.length));
    expect(send(read(0x11)).data).toEqual(ADDITION);
    send(read(1));
    expect(send(read(0x10))).toEqual(good());
    expect(send(read(0x11))).toEqual(good());
  });

  it('remembers the last 64 of each', () => {
    const { send } = damaged();
    for (let i = 0; i < 100; i++) send(READ_0);
    for (let i = 0; i < 100; i++) send(write(ADDITION.length), { out: ADDITION });
    send(read(0));
    expect(send(read(0x10)).data.length).toBe(64 * LINE.length);
    expect(send(read(0x11)).data.length).toBe(64 * ADDITION.length);
  });
});

describe('the error history I_T nexus', () => {
  function two() {
    const device = damaged();
    const other = device.initiator('other');
    device.send(read(0));
    const told = (from: Nexus = device.nexus) => device.send(TEST_UNIT_READY, { from });
    return { ...device, other, told };
  }

  it.each([0x00, 0x01, 0x10, 0xfe, 0xff])('keeps others out of buffer %d', (bufferId) => {
    const { send, other } = two();
    expect(send(read(bufferId), { from: other })).toEqual(OTHERS);
  });

  it.each([
    ['FEh', 0xfe],
    ['FFh', 0xff],
  ])('gives its place up with buffer %s', (_, bufferId) => {
    const { send, other } = two();
    expect(send(read(bufferId))).toEqual(good());
    expect(send(read(0), { from: other }).status).toBe(0);
    expect(send(read(0x10))).toEqual(OTHERS);
  });

  it('that gives it up with FFh leaves no snapshot behind', () => {
    const { send } = two();
    send(read(0xff));
    expect(send(read(0x10))).toEqual(refusal('5/2c/00'));
  });

  it('loses its place to one that wants it, and is told: once, or that the snapshot went too', () => {
    const { send, other, told } = two();
    expect(send(read(2), { from: other }).data[9]).toBe(0x15); // the snapshot is as it was
    expect(told()).toEqual(refusal('6/2a/0a'));
    expect(told()).toEqual(good());
    send(read(3), { from: other });
    expect(told(other)).toEqual(good());
    expect(send(read(3)).data[9]).toBe(0x13);
    expect(told(other)).toEqual(refusal('6/2a/0a'));
    expect(told(other)).toEqual(refusal('6/2a/0b'));
  });

  it('loses it with its session, and at a reset, which takes the snapshot too', () => {
    const { send, other, unit, nexus } = two();
    void nexus.lost();
    expect(send(read(0x10), { from: other }).status).toBe(0);
    send(read(0), { from: other });
    void unit.reset();
    send(TEST_UNIT_READY, { from: other });
    expect(send(read(0x10), { from: other })).toEqual(refusal('5/2c/00'));
  });
});

describe('READ BUFFER and WRITE BUFFER in mode 1Ch refuse', () => {
  it.each([0x04, 0x0f, 0xf0, 0xfd])('buffer %d', (bufferId) => {
    expect(bench().send(read(bufferId))).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('a buffer that the directory does not have, and an offset past the end', () => {
    const { send } = damaged();
    send(read(0));
    expect(send(read(0x12))).toEqual(refusal('5/24/00', { cdb: [2] }));
    expect(send(read(0x10, LINE.length + 1))).toEqual(refusal('5/24/00', { cdb: [3] }));
    expect(send(read(0, 1))).toEqual(refusal('5/24/00', { cdb: [3] }));
  });

  it('a buffer before there is a snapshot: COMMAND SEQUENCE ERROR', () => {
    expect(bench().send(read(0x10))).toEqual(refusal('5/2c/00'));
  });

  it('an addition that is cut, or longer than 4096 bytes', () => {
    const { send } = bench();
    for (const length of [25, ADDITION.length - 1])
      expect(send(write(length), { out: ADDITION })).toEqual(refusal('5/1a/00', {}, length));
    expect(send(write(4097))).toEqual(refusal('5/24/00', { cdb: [6] }));
  });

  it.each([22, 24])('a length, at byte %d, that is not a multiple of 4', (at) => {
    const { send } = bench();
    const out = ADDITION.slice();
    out[at + 1] = 3;
    expect(send(write(out.length), { out })).toEqual(
      refusal('5/26/00', { list: [at] }, out.length),
    );
    send(read(0));
    expect(send(read(0x11))).toEqual(good());
  });
});

describe('their codecs', () => {
  it('go both ways', () => {
    const addition = {
      vendor: 'ACME',
      errorType: 2,
      clear: false,
      timestamp: 7,
      codeSet: 1,
      locationFormat: 1,
      location: hex('00000009'),
      history: hex('cafebabe'),
    };
    expect(encodeApplicationErrorHistory(addition)).toEqual(ADDITION);
    expect(decodeApplicationErrorHistory(ADDITION)).toEqual(addition);
    expect(decodeApplicationErrorHistory(ADDITION.subarray(0, 25))).toBeUndefined();
    const late = { ...addition, timestamp: 2 ** 48 - 1, clear: true };
    expect(decodeApplicationErrorHistory(encodeApplicationErrorHistory(late))).toEqual(late);
    const directory = {
      vendor: 'ACME',
      version: 9,
      retrieved: 2,
      source: 1,
      clearSupported: true,
      entries: [{ bufferId: 0x10, length: 0x0102_0304 }],
    };
    const bytes = encodeErrorHistoryDirectory(directory);
    expect(decodeErrorHistoryDirectory(bytes)).toEqual(directory);
    expect(decodeErrorHistoryDirectory(bytes.subarray(0, 39))?.entries).toEqual([]);
    expect(decodeErrorHistoryDirectory(bytes.subarray(0, 31))).toBeUndefined();
  });

  it('refuse what has no code', () => {
    const empty = new Uint8Array(0);
    const addition = {
      vendor: 'A',
      errorType: 0,
      clear: false,
      timestamp: 0,
      codeSet: 0,
      locationFormat: 0,
      location: empty,
      history: empty,
    };
    const refused = [{ vendor: 'NINECHARS' }, { location: hex('00') }, { history: hex('000000') }];
    for (const wrong of refused)
      expect(() => encodeApplicationErrorHistory({ ...addition, ...wrong })).toThrow(RangeError);
    expect(() =>
      encodeErrorHistoryDirectory({
        vendor: 'NINECHARS',
        version: 0,
        retrieved: 0,
        source: 0,
        clearSupported: false,
        entries: [],
      }),
    ).toThrow(RangeError);
  });
});
