import { describe, expect, it } from 'vitest';
import { bench, fixedSense, good, hex, memory, refusal } from './disk-under-test.ts';
import {
  TEST_UNIT_READY,
  INQUIRY,
  REQUEST_SENSE,
  REPORT_LUNS,
  READ_0,
  WRITE_0,
  throwing,
  inquiryData,
} from './familiar-commands.ts';
import { HeldBackend } from './held-backend.ts';

describe('the checks before a command', () => {
  it('find an operation code that is not there before a pending unit attention', () => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send('c0 00 00 00 00 00', { from })).toEqual(refusal('5/20/00', { cdb: [0] }));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it('find a service action that is not there: INVALID FIELD IN CDB at byte 1', () => {
    const cdb = '9e 1f 0000000000000000 00000000 00 00';
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it('find a reserved bit before a pending unit attention', () => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send('00 00 20 00 00 00', { from })).toEqual(refusal('5/24/00', { cdb: [2, 5] }));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it('point at the first reserved bit from the left', () => {
    expect(bench().send('00 00 00 14 00 00')).toEqual(refusal('5/24/00', { cdb: [3, 4] }));
  });

  it('find a reserved bit before NACA', () => {
    expect(bench().send('00 00 00 01 00 04')).toEqual(refusal('5/24/00', { cdb: [3, 0] }));
  });

  it('leave reserved bits alone where told', () => {
    expect(bench({ reservedBits: 'ignore' }).send('00 00 20 00 00 00')).toEqual(good());
  });

  it('let vendor specific bits of the CONTROL byte pass', () => {
    expect(bench().send('00 00 00 00 00 c0')).toEqual(good());
  });

  it('refuse a CDB that is cut off, at its end', () => {
    expect(bench().send('28 00 00000000 00')).toEqual(refusal('5/24/00', { cdb: [7] }));
  });

  it('refuse an empty CDB', () => {
    expect(bench().send('')).toEqual(refusal('5/24/00', { cdb: [0] }));
  });

  it('let a CDB pass that a transport padded', () => {
    expect(bench().send(`${TEST_UNIT_READY} ff ff ff ff ff ff ff ff ff ff`)).toEqual(good());
  });

  it('report a unit attention before a medium that is not there', () => {
    const { send, stranger, unit } = bench({ removable: true });
    unit.eject();
    const from = stranger('new');
    expect(send(READ_0, { from })).toEqual(refusal('6/29/00'));
    expect(send(READ_0, { from })).toEqual(refusal('2/3a/00'));
  });

  it('report a medium that is not there before write protection', () => {
    const { send, unit } = bench({ removable: true, readOnly: true });
    unit.eject();
    expect(send(WRITE_0)).toEqual(refusal('2/3a/00'));
  });

  it('report write protection before a range that is not there', () => {
    const cdb = '2a 00 ffffffff 00 0001 00';
    expect(bench({ readOnly: true }).send(cdb)).toEqual(refusal('7/27/00'));
  });

  it('do not ask for data-out that is refused', () => {
    const { send } = bench({ readOnly: true });
    const out = throwing('asked for data');
    expect(send(WRITE_0, { out })).toEqual(refusal('7/27/00'));
  });

  it.each([
    ['INQUIRY', INQUIRY, good(inquiryData)],
    ['REPORT LUNS', REPORT_LUNS, good('00000008 00000000 0000000000000000')],
  ])('leave a unit attention pending for %s', (_, cdb, answer) => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send(cdb, { from })).toEqual(answer);
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it('let REQUEST SENSE take the unit attention, with GOOD', () => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send(REQUEST_SENSE, { from })).toEqual(good(fixedSense('6/29/00')));
    expect(send(TEST_UNIT_READY, { from })).toEqual(good());
  });

  it('report each unit attention once, resets first', () => {
    const { send, nexus, unit } = bench();
    unit.attentions(nexus).establish({ key: 6, asc: 0x2a, ascq: 0x09 });
    void unit.reset();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/09'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

describe('autosense', () => {
  it('is in descriptor format where D_SENSE is set', () => {
    const answer = bench({ descriptorSense: true }).send('28 00 00000800 00 0001 00');
    expect(answer.sense).toEqual(
      // ILLEGAL REQUEST, LBA OUT OF RANGE, 12 more bytes; Information: VALID, LBA 2048
      hex('72 05 21 00 000000 0c  00 0a 80 00 0000000000000800'),
    );
  });

  it('leaves VALID at 0 in fixed format for an LBA of over 32 bits', () => {
    const answer = bench().send('88 00 0000000100000000 00000001 00 00');
    expect(answer).toEqual(refusal('5/21/00'));
  });

  it('carries an LBA of 64 bits in descriptor format', () => {
    const cdb = '88 00 ffffffffffffffff 00000001 00 00';
    const { sense } = bench({ descriptorSense: true }).send(cdb);
    expect(sense).toEqual(hex('72 05 21 00 000000 0c  00 0a 80 00 ffffffffffffffff'));
  });
});

describe('a full task set', () => {
  it('answers TASK SET FULL to one more command', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync } = bench({ backend, queueDepth: 2 });
    const reads = [sendAsync(READ_0), sendAsync(READ_0)];
    expect(send(INQUIRY)).toEqual({ status: 0x28, data: new Uint8Array(0), dataOutLength: 0 });
    backend.finish();
    backend.finish();
    expect((await Promise.all(reads)).map((each) => each?.status)).toEqual([0, 0]);
    expect(send(INQUIRY)).toEqual(good(inquiryData));
  });
});

describe('a backend', () => {
  it('under two units is refused', () => {
    const backend = memory();
    expect(() => bench({ backend })).not.toThrow();
    expect(() => bench({ backend })).toThrow(/in use by another logical unit/);
  });
});
