import { describe, expect, it } from 'vitest';
import {
  decodeBufferDescriptor,
  decodeEchoBufferDescriptor,
  encodeEchoBufferDescriptor,
} from '../../../src/cdb/index.ts';
import type { MicrocodePiece } from '../../../src/scsi/microcode.ts';
import { be, bench, good, hex, refusal, unexpected } from '../disk-under-test.ts';
import { TEST_UNIT_READY } from '../familiar-commands.ts';

const read = (mode: number, id = 0, offset = 0, length = 16): string =>
  `3c ${be(mode, 1)} ${be(id, 1)} ${be(offset, 3)} ${be(length, 3)} 00`;
const read16 = (mode: number, offset: number, length: number): string =>
  `9b ${be(mode, 1)} ${be(offset, 8)} ${be(length, 4)} 00 00`;
const write = (mode: number, length: number, offset = 0, id = 0): string =>
  `3b ${be(mode, 1)} ${be(id, 1)} ${be(offset, 3)} ${be(length, 3)} 00`;
const DATA = 0x02;
const DESCRIPTOR = 0x03;
const ECHO = 0x0a;
const ECHO_DESCRIPTOR = 0x0b;
const CAPACITY = 0x1_0000;

describe('the data buffer', () => {
  it('has 64 KiB and any offset, and is the only one', () => {
    const { send } = bench();
    expect(send(read(DESCRIPTOR))).toEqual(good('00 010000'));
    expect(send(read(DESCRIPTOR, 1))).toEqual(good('00 000000'));
  });

  it('is zero to begin with, then what was written, for all initiators', () => {
    const { send, initiator } = bench();
    const other = initiator('other');
    expect(send(read(DATA, 0, 3, 4))).toEqual(good('00000000'));
    expect(send(write(DATA, 2, 4), { out: hex('abcd') })).toEqual(good('', 2));
    expect(send(read(DATA, 0, 3, 4))).toEqual(good('00abcd00'));
    expect(send(read16(DATA, 3, 4), { from: other })).toEqual(good('00abcd00'));
  });

  it('ends at its capacity', () => {
    const { send } = bench();
    expect(send(write(DATA, 1, CAPACITY - 1), { out: hex('7e') })).toEqual(good('', 1));
    expect(send(read(DATA, 0, CAPACITY - 1, 16))).toEqual(good('7e'));
    expect(send(read(DATA, 0, CAPACITY, 16))).toEqual(good());
    expect(send(write(DATA, 0, CAPACITY))).toEqual(good());
  });

  it('gives bytes that a later write does not change', () => {
    const { send } = bench();
    send(write(DATA, 1), { out: hex('01') });
    const answer = send(read(DATA, 0, 0, 1));
    send(write(DATA, 1), { out: hex('02') });
    expect(answer).toEqual(good('01'));
  });

  it.each([
    ['reading past it', read(DATA, 0, CAPACITY + 1), [3]],
    ['reading far past it', read16(DATA, CAPACITY + 1, 16), [2]],
    ['writing past it', write(DATA, 0, CAPACITY + 1), [3]],
    ['writing over its end', write(DATA, 2, CAPACITY - 1), [6]],
    ['reading another buffer', read(DATA, 1), [2]],
    ['writing another buffer', write(DATA, 1, 0, 1), [2]],
    ['a descriptor with an offset', read(DESCRIPTOR, 0, 1), [3]],
  ] as const)('refuses %s', (_, cdb, at) => {
    expect(bench().send(cdb, { out: unexpected })).toEqual(refusal('5/24/00', { cdb: at }));
  });

  it('is not written where data-out ends too early', () => {
    const { send } = bench();
    expect(send(write(DATA, 2), { out: hex('01') })).toEqual(refusal('5/1a/00', {}, 2));
    expect(send(read(DATA, 0, 0, 1))).toEqual(good('00'));
  });
});

describe('the echo buffer', () => {
  it('has 4096 bytes, and tells who reads what another has overwritten (EBOS)', () => {
    expect(bench().send(read(ECHO_DESCRIPTOR))).toEqual(good('01 00 1000'));
  });

  it('gives back what was written, whatever its buffer and offset', () => {
    const { send } = bench();
    expect(send(write(ECHO, 3, 9, 7), { out: hex('010203') })).toEqual(good('', 3));
    expect(send(read(ECHO, 5, 1))).toEqual(good('010203'));
    expect(send(read(ECHO, 0, 0, 2))).toEqual(good('0102'));
  });

  it('takes all that it has room for, and no more', () => {
    const { send } = bench();
    expect(send(write(ECHO, 4096), { out: new Uint8Array(4096) })).toEqual(good('', 4096));
    expect(send(write(ECHO, 4097), { out: unexpected })).toEqual(refusal('5/24/00', { cdb: [6] }));
  });

  it('has nothing for who wrote nothing: COMMAND SEQUENCE ERROR', () => {
    const { send, initiator } = bench();
    send(write(ECHO, 1), { out: hex('01') });
    expect(send(read(ECHO), { from: initiator('other') })).toEqual(refusal('5/2c/00'));
  });

  it('tells who wrote before that it is overwritten, until he writes again', () => {
    const { send, initiator } = bench();
    const other = initiator('other');
    send(write(ECHO, 1), { out: hex('01') });
    send(write(ECHO, 1), { out: hex('02'), from: other });
    expect(send(read(ECHO))).toEqual(refusal('b/3f/0f')); // ECHO BUFFER OVERWRITTEN
    expect(send(read(ECHO))).toEqual(refusal('b/3f/0f'));
    expect(send(read(ECHO), { from: other })).toEqual(good('02'));
    send(write(ECHO, 1), { out: hex('03') });
    expect(send(read(ECHO))).toEqual(good('03'));
    expect(send(read(ECHO), { from: other })).toEqual(refusal('b/3f/0f'));
  });

  it('is forgotten at a reset, and with the nexus that wrote', () => {
    const { send, unit, nexus } = bench();
    for (const forget of [() => unit.reset(), () => unit.nexusLost(nexus)]) {
      send(write(ECHO, 1), { out: hex('01') });
      void forget();
      expect(send(TEST_UNIT_READY).status).toBe(2);
      expect(send(read(ECHO))).toEqual(refusal('5/2c/00'));
    }
  });
});

describe('READ BUFFER and WRITE BUFFER refuse', () => {
  it.each([0x00, 0x01, 0x0f, 0x1a, 0x1f])('to read in mode %d', (mode) => {
    expect(bench().send(read(mode))).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it.each([0x00, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0b, 0x0d, 0x0e, 0x0f, 0x1b])(
    'to write in mode %d',
    (mode) => {
      expect(bench().send(write(mode, 4))).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
    },
  );

  it('MODE SPECIFIC', () => {
    const { send } = bench();
    expect(send(read(0x20 | DATA))).toEqual(refusal('5/24/00', { cdb: [1, 7] }));
    expect(send(write(0x20 | DATA, 1))).toEqual(refusal('5/24/00', { cdb: [1, 7] }));
  });
});

/** A unit that takes microcode of 4 bytes; what it was given. */
function downloadable() {
  const pieces: MicrocodePiece[] = [];
  const device = bench({
    microcode: (piece) => {
      pieces.push({ ...piece, bytes: piece.bytes.slice() });
      return piece.offset + piece.bytes.length >= 4;
    },
  });
  const other = device.initiator('other');
  return { ...device, other, pieces };
}

describe('microcode', () => {
  const CHANGED = refusal('6/3f/01'); // MICROCODE HAS BEEN CHANGED

  it.each([
    [0x04, false],
    [0x05, true],
  ])('as a whole (mode %d) is active at once, and the others are told', (mode, save) => {
    const { send, other, pieces } = downloadable();
    expect(send(write(mode, 4, 0, 3), { out: hex('01020304') })).toEqual(good('', 4));
    expect(pieces).toEqual([{ bufferId: 3, offset: 0, bytes: hex('01020304'), save }]);
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
  });

  it.each([
    [0x06, false],
    [0x07, true],
  ])('in pieces (mode %d) is active after the last one', (mode, save) => {
    const { send, other, pieces } = downloadable();
    send(write(mode, 2), { out: hex('0102') });
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
    send(write(mode, 2, 2), { out: hex('0304') });
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
    expect(pieces[1]).toEqual({ bufferId: 0, offset: 2, bytes: hex('0304'), save });
  });

  it('that is deferred (mode 0Eh) waits for its activation (mode 0Fh)', () => {
    const { send, other } = downloadable();
    expect(send(write(0x0f, 0))).toEqual(refusal('5/2c/00'));
    send(write(0x0e, 4), { out: hex('01020304') });
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
    expect(send(write(0x0f, 0))).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
    expect(send(write(0x0f, 0))).toEqual(refusal('5/2c/00'));
    expect(send(write(0x0f, 4))).toEqual(refusal('5/24/00', { cdb: [6] }));
  });

  it.each([
    ['HR_ACT of mode 0Dh', 0x4d],
    ['mode 0Eh', 0x0e],
  ])('that waits with %s is active after a reset as well, and all are told', (_, mode) => {
    const { send, other, unit } = downloadable();
    expect(send(write(mode, 4), { out: hex('01020304') })).toEqual(good('', 4));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
    void unit.reset();
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/29/03'));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
    expect(send(write(0x0f, 0))).toEqual(refusal('6/29/03'));
    expect(send(write(0x0f, 0))).toEqual(CHANGED);
    expect(send(write(0x0f, 0))).toEqual(refusal('5/2c/00')); // nothing waits any more
  });

  it('that waits for the power (PO_ACT) does not take a reset for it', () => {
    const { send, other, unit } = downloadable();
    send(write(0x8d, 4), { out: hex('01020304') });
    void unit.reset();
    for (const from of [other, undefined]) send(TEST_UNIT_READY, { ...(from && { from }) });
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
    expect(send(write(0x0f, 0))).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
  });

  it.each([
    ['no event', 0x0d],
    ['VSE_ACT, an event that there is not', 0x2d],
  ])('that waits in mode 0Dh for %s is refused', (_, mode) => {
    const { send, pieces } = downloadable();
    expect(send(write(mode, 4), { out: hex('01020304') })).toEqual(
      refusal('5/24/00', { cdb: [1, 7] }),
    );
    expect(pieces).toEqual([]);
  });

  it('that is refused changes nothing', () => {
    const { send, initiator } = bench({
      microcode: () => {
        throw new Error('no such chip');
      },
    });
    const other = initiator('other');
    expect(send(write(0x05, 1), { out: hex('01') })).toEqual(refusal('4/44/00', {}, 1));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('ends a self-test in the background', () => {
    const { send, unit } = downloadable();
    send('1d 20 00 0000 00');
    send(write(0x04, 4), { out: hex('01020304') });
    expect(unit.selfTests.results).toMatchObject([{ result: 2 }]);
  });
});

describe('buffer descriptors', () => {
  it('go both ways', () => {
    expect(decodeBufferDescriptor(hex('09 010203'))).toEqual({
      offsetBoundary: 9,
      capacity: 0x01_0203,
    });
    expect(decodeBufferDescriptor(hex('090102'))).toBeUndefined();
    expect(decodeEchoBufferDescriptor(hex('01 00 ffff'))).toEqual({
      overwrittenSupported: true,
      capacity: 0x1fff,
    });
    expect(decodeEchoBufferDescriptor(hex('0100ff'))).toBeUndefined();
    expect(() =>
      encodeEchoBufferDescriptor({ overwrittenSupported: false, capacity: 0x2000 }),
    ).toThrow(RangeError);
  });
});
