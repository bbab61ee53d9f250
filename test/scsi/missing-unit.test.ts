import { describe, expect, it } from 'vitest';
import { decodeDeviceIdentification } from '../../src/vpd/device-identification.ts';
import { NO_LUN, REPORT_LUNS_WELL_KNOWN } from '../../src/scsi/lun.ts';
import { bench, fixedSense, good, hex, refusal } from './disk-under-test.ts';

/** Standard INQUIRY data of a LUN without a unit, 96 bytes. */
const blankInquiry = (first: string): Uint8Array => {
  const bytes = new Uint8Array(96);
  bytes.set(hex(`${first} 00 06 02 5b`)); // SPC-4, RESPONSE DATA FORMAT 2, ADDITIONAL LENGTH 91
  bytes.fill(0x20, 8, 36); // vendor, product, revision: blanks
  return bytes;
};

describe.each([
  ['a LUN without a unit', 7],
  ['the highest LUN, without a unit', 16_383],
  ['what names no LUN at all', NO_LUN],
])('%s', (_, lun) => {
  const send = (cdb: string) => bench().send(cdb, { lun });

  it('answers INQUIRY: qualifier 011b, device type 1Fh', () => {
    expect(send('12 00 00 00ff 00')).toEqual(good(blankInquiry('7f')));
  });

  it('cuts INQUIRY data to the allocation length', () => {
    expect(send('12 00 00 0005 00')).toEqual(good('7f 00 06 02 5b'));
    expect(send('12 00 00 0000 00')).toEqual(good());
  });

  it('lists VPD page 00h as the only one', () => {
    expect(send('12 01 00 00ff 00')).toEqual(good('7f 00 0001 00'));
  });

  it('refuses any other VPD page', () => {
    expect(send('12 01 83 00ff 00')).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('refuses a page code without EVPD', () => {
    expect(send('12 00 83 00ff 00')).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('answers REQUEST SENSE: GOOD, with LOGICAL UNIT NOT SUPPORTED as data', () => {
    expect(send('03 00 0000 ff 00')).toEqual(good(fixedSense('5/25/00')));
  });

  it('answers REQUEST SENSE in descriptor format where asked', () => {
    expect(send('03 01 0000 ff 00')).toEqual(good('72 05 25 00 000000 00'));
  });

  it('answers REPORT LUNS', () => {
    const list = '00000008 00000000 0000000000000000';
    expect(send('a0 00 00 000000 00000100 00 00')).toEqual(good(list));
  });

  it('refuses a SELECT REPORT that is not known', () => {
    const command = 'a0 00 03 000000 00000100 00 00';
    expect(send(command)).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it.each([
    ['TEST UNIT READY', '00 00 00 00 00 00'],
    ['READ(10)', '28 00 00000000 00 0001 00'],
    ['READ CAPACITY(16)', '9e 10 0000000000000000 00000020 00 00'],
    ['an unknown command', 'ff 00 00 00 00 00'],
    ['MODE SENSE(6)', '1a 00 3f 00 ff 00'],
  ])('refuses %s: LOGICAL UNIT NOT SUPPORTED', (_name, cdb) => {
    expect(send(cdb)).toEqual(refusal('5/25/00'));
  });

  it('has no task management', () => {
    const { nexus } = bench();
    for (const name of ['ABORT TASK', 'LOGICAL UNIT RESET', 'QUERY TASK SET'] as const)
      expect(nexus.manage({ function: name, lun, tag: 1 })).toBe('INCORRECT LOGICAL UNIT NUMBER');
  });
});

const sendWellKnown = (cdb: string) => bench().send(cdb, { lun: REPORT_LUNS_WELL_KNOWN });

describe('the REPORT LUNS well known logical unit', () => {
  const send = sendWellKnown;

  it('answers INQUIRY: device type 1Eh', () => {
    expect(send('12 00 00 00ff 00')).toEqual(good(blankInquiry('1e')));
  });

  it('lists VPD pages 00h and 83h, the latter with the names of port and device', () => {
    const port = { protocol: 5, name: 'iqn.2026-11.example:disk,t,0x0001', portGroup: 2 };
    const { send, target } = bench({ port });
    const lun = REPORT_LUNS_WELL_KNOWN;
    expect(send('12 01 00 00ff 00', { lun })).toEqual(good('1e 00 0002 00 83'));
    const { data } = send('12 01 83 00ff 00', { lun });
    expect(data[0]).toBe(0x1e);
    expect(decodeDeviceIdentification(data)?.designators).toEqual(target.ports[0]?.designators);
    expect(send('12 01 80 00ff 00', { lun })).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('answers TEST UNIT READY', () => {
    expect(send('00 00 00 00 00 00')).toEqual(good());
  });

  it('answers REQUEST SENSE: nothing to say', () => {
    expect(send('03 00 0000 ff 00')).toEqual(good(fixedSense('0/00/00')));
  });

  it.each([
    ['0, the units', '00', '00000008 00000000 0000000000000000'],
    ['1, the well known ones', '01', '00000008 00000000 c101000000000000'],
  ])('answers REPORT LUNS with SELECT REPORT %s', (_, select, list) => {
    expect(send(`a0 00 ${select} 000000 00000100 00 00`)).toEqual(good(list));
  });

  it('refuses a command that it does not have: INVALID COMMAND OPERATION CODE at byte 0', () => {
    expect(send('28 00 00000000 00 0001 00')).toEqual(refusal('5/20/00', { cdb: [0] }));
    expect(send('ff 00 00 00 00 00')).toEqual(refusal('5/20/00', { cdb: [0] }));
  });

  it('refuses a reserved bit where it is', () => {
    expect(send('12 04 00 00ff 00')).toEqual(refusal('5/24/00', { cdb: [1, 2] }));
  });

  it('refuses NACA', () => {
    expect(send('00 00 00 00 00 04')).toEqual(refusal('5/24/00', { cdb: [5, 2] }));
  });
});
