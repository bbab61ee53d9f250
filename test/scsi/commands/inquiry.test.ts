import { describe, expect, it } from 'vitest';
import { decodeThirdPartyCopy } from '../../../src/vpd/third-party-copy.ts';
import { createTarget } from '../../../src/create-target.ts';
import { loopback } from '../../../src/transport/loopback.ts';
import { manualClock } from '../../../src/testing/manual-clock.ts';
import { be, bench, good, hex, memory, refusal, type BenchOptions } from '../disk-under-test.ts';
import { LogicalUnit } from '../../../src/scsi/logical-unit.ts';
import { sbc } from '../../../src/scsi/command-sets/sbc.ts';

const STANDARD = '12 00 00 00ff 00';
const page = (code: string): string => `12 01 ${code} 0fff 00`;

const ascii = (text: string): string =>
  Array.from(text, (letter) => be(letter.charCodeAt(0), 1)).join('');

/** A unit with names, behind a port that has names: as over iSCSI. */
const named: BenchOptions = {
  vendor: 'ACME',
  product: 'Disk',
  revision: '2.1',
  serial: 'S1',
  naa: 0x3111_2222_3333_4444n,
  port: { protocol: 5, name: 'iqn.x:d,t,0x0001', deviceName: 'iqn.x:d', portGroup: 7 },
};

/** Standard INQUIRY data, 96 bytes, from its parts. */
const standard = (removable: boolean, descriptors: string): Uint8Array => {
  const bytes = new Uint8Array(96);
  bytes[1] = removable ? 0x80 : 0; // RMB
  bytes[2] = 0x06; // SPC-4
  bytes[3] = 0x32; // NORMACA, HISUP, RESPONSE DATA FORMAT 2
  bytes[4] = 91; // ADDITIONAL LENGTH
  bytes[5] = 0x18; // TPGS 01b: implicit, 3PC
  bytes[7] = 0x02; // CMDQUE
  bytes.set(hex(ascii('ACME    Disk            2.1 ')), 8);
  bytes.set(hex(descriptors), 58);
  return bytes;
};

describe('standard INQUIRY data', () => {
  it('over iSCSI claims SAM-5, iSCSI, SPC-4 and SBC-3', () => {
    expect(bench(named).send(STANDARD)).toEqual(good(standard(false, '00a0 0960 0460 04c0')));
  });

  it('over a transport without a protocol claims SAM-5, SPC-4 and SBC-3', () => {
    const { send } = bench({ ...named, port: {} });
    expect(send(STANDARD)).toEqual(good(standard(false, '00a0 0460 04c0')));
  });

  it('says that the medium is removable', () => {
    const { send } = bench({ ...named, removable: true });
    expect(send(STANDARD)).toEqual(good(standard(true, '00a0 0960 0460 04c0')));
  });

  it('is cut to every allocation length, its ADDITIONAL LENGTH unchanged', () => {
    const { send } = bench(named);
    const whole = standard(false, '00a0 0960 0460 04c0');
    for (let length = 0; length <= 96; length++)
      expect(send(`12 00 00 ${be(length, 2)} 00`)).toEqual(good(whole.subarray(0, length)));
  });

  it('is not padded to an allocation length of 65535', () => {
    expect(bench(named).send('12 00 00 ffff 00').data.length).toBe(96);
  });

  it('is refused with a page code', () => {
    expect(bench().send('12 00 01 00ff 00')).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('is refused with CMDDT', () => {
    expect(bench().send('12 02 00 00ff 00')).toEqual(refusal('5/24/00', { cdb: [1, 1] }));
  });

  it('is there without a medium', () => {
    const { send, unit } = bench({ ...named, removable: true });
    unit.eject();
    expect(send(STANDARD).status).toBe(0);
  });
});

const longPage = (code: string, fields: Readonly<Record<number, string>>): Uint8Array => {
  const bytes = new Uint8Array(64);
  bytes.set(hex(`00 ${code} 003c`));
  for (const [at, value] of Object.entries(fields)) bytes.set(hex(value), Number(at));
  return bytes;
};

describe('VPD pages', () => {
  it('00h: the list, ascending', () => {
    expect(bench().send(page('00'))).toEqual(
      good('00 00 000d  00 80 83 86 87 88 8a 8f b0 b1 b2 b3 b7'),
    );
  });

  it('88h: every port of the device, by number and name', () => {
    const { send, target } = bench(named);
    target.addPort({ relativePortId: 0x0102 });
    expect(send(page('88'))).toEqual(
      good(`
        00 88 0030
        0000 0001 0000 0000 0000 0018
        53 98 00 14 ${ascii('iqn.x:d,t,0x0001')} 00000000
        0000 0102 0000 0000 0000 0000
      `),
    );
    expect(send(STANDARD).data[6]).toBe(0x10); // MULTIP
  });

  it('are all there that the list names', () => {
    const { send } = bench();
    for (const code of send(page('00')).data.subarray(4)) {
      const { status, data } = send(page(be(code, 1)));
      expect([status, data[1], data.length]).toEqual([
        0,
        code,
        4 + (data[2] ?? 0) * 256 + (data[3] ?? 0),
      ]);
    }
  });

  it('that are not there are refused at PAGE CODE', () => {
    for (const code of ['01', '82', '85', 'b4', 'ff'])
      expect(bench().send(page(code))).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('are cut to every allocation length, PAGE LENGTH unchanged', () => {
    const { send } = bench(named);
    const whole = send(page('b0')).data;
    for (let length = 0; length <= 64; length++)
      expect(send(`12 01 b0 ${be(length, 2)} 00`).data).toEqual(whole.subarray(0, length));
  });

  it('80h: the serial number', () => {
    expect(bench(named).send(page('80'))).toEqual(good('00 80 0002 53 31'));
  });

  it('83h over iSCSI: NAA, T10, relative port, port group, names of port and device', () => {
    expect(bench(named).send(page('83'))).toEqual(
      good(
        [
          '00 83 005e', // 94 bytes follow
          '01 03 00 08 3111222233334444', // binary, NAA, of the unit
          `02 01 00 1a ${ascii('ACME    Disk            S1')}`, // ASCII, T10 vendor ID, of the unit
          '51 94 00 04 0000 0001', // iSCSI, binary; PIV, of the port: relative port 1
          '51 95 00 04 0000 0007', // target port group 7
          `53 98 00 14 ${ascii('iqn.x:d,t,0x0001')} 00000000`, // UTF-8, name of the port, NUL, padded to 4
          `53 a8 00 08 ${ascii('iqn.x:d')} 00`, // UTF-8, name of the device
        ].join(''),
      ),
    );
  });

  it('83h over loopback: no names, PIV 0', async () => {
    const { port: _, ...options } = named;
    const target = createTarget([new LogicalUnit(sbc, { ...options, backend: memory() })], {
      clock: manualClock(),
    });
    const bytes = await loopback(target).disk(0).vpdPage(0x83);
    expect(bytes).toEqual(
      hex(
        [
          '00 83 003a', // 58 bytes follow
          '01 03 00 08 3111222233334444',
          `02 01 00 1a ${ascii('ACME    Disk            S1')}`,
          '01 14 00 04 0000 0001', // no PIV
          '01 15 00 04 0000 0001',
        ].join(''),
      ),
    );
  });

  it('86h: task attributes, a volatile cache, 252 bytes of sense data', () => {
    // PRIOR_SUP, HEADSUP, ORDSUP, SIMPSUP; WU_SUP, CRD_SUP; V_SUP, as WCE can be set; RTD_SUP
    const fields = { 5: '0f', 6: '0d', 8: '08', 10: '0001', 13: 'fc' };
    expect(bench().send(page('86'))).toEqual(good(longPage('86', fields)));
  });

  it('87h: mode pages are one for all initiators', () => {
    expect(bench().send(page('87'))).toEqual(good('00 87 0004 3f ff 00 00'));
  });

  it('87h over iSCSI: those of the protocol are one a target port', () => {
    const iscsi = bench({ port: { protocol: 5 } });
    expect(iscsi.send(page('87'))).toEqual(
      good('00 87 000c 18 00 01 00  19 00 01 00  3f ff 00 00'),
    );
  });

  it('b3h: no referrals', () => {
    expect(bench().send(page('b3'))).toEqual(good(`00 b3 000c ${'00'.repeat(12)}`));
  });

  it('b1h: does not rotate, or as fast as told', () => {
    // WABEREQ and WACEREQ 01b: after SANITIZE blocks read without error
    expect(bench().send(page('b1'))).toEqual(good(longPage('b1', { 4: '0001', 7: '50' })));
    const { data } = bench({ rotationRate: 7200 }).send(page('b1'));
    expect(data).toEqual(longPage('b1', { 4: '1c20', 7: '50' }));
  });

  it('b2h: UNMAP, zeros, thin; or nothing of it', () => {
    const { data } = bench().send(page('b2'));
    expect(data.subarray(0, 5)).toEqual(hex('00 b2 0004 01')); // THRESHOLD EXPONENT 1
    expect((data[5] ?? 0) & 0x9f).toBe(0x84); // LBPU; LBPRZ 001b; no anchors, no group
    expect(data.subarray(6)).toEqual(hex('02 01')); // PROVISIONING TYPE 2; THRESHOLD PERCENTAGE 1
    expect(bench({ thin: false }).send(page('b2'))).toEqual(good('00 b2 0004 00 00 00 00'));
  });

  it('b7h tells the limits of WRITE SCATTERED', () => {
    const { data } = bench({ maxTransferLength: 8192, maxScatteredRanges: 3 }).send(page('b7'));
    expect(data.subarray(16)).toEqual(
      hex('00000010 0000 0003 00000010 00000000'), // range length; descriptors; transfer length
    );
  });

  it('b0h tells the limits that the unit enforces', () => {
    const limits = { maxTransferLength: 8192, maxUnmapBlocks: 4096, maxUnmapDescriptors: 3 };
    const { data } = bench({ ...limits, physicalBlockLength: 4096, lowestAlignedLba: 7 }).send(
      page('b0'),
    );
    expect(data.subarray(0, 4)).toEqual(hex('00 b0 003c'));
    expect(data.subarray(6, 12)).toEqual(hex('0008 00000010')); // granularity 8, at most 16 blocks
    expect(data.subarray(20, 36)).toEqual(
      // LBAs, descriptors, granularity 8; UGAVALID, alignment 7
      hex('00001000 00000003 00000008 80000007'),
    );
  });

  it('b0h has no UNMAP limits on a fully provisioned unit', () => {
    const { data } = bench({ thin: false }).send(page('b0'));
    expect(data.subarray(20, 36)).toEqual(new Uint8Array(16));
  });

  it.each([true, false])('b0h has the limits of the other commands (thin: %s)', (thin) => {
    const limits = { maxCompareAndWriteBlocks: 9, maxWriteSameBlocks: 0x1234 };
    const { data } = bench({ thin, ...limits }).send(page('b0'));
    expect(data[5]).toBe(9); // MAXIMUM COMPARE AND WRITE LENGTH
    expect(data.subarray(36, 44)).toEqual(hex(be(0x1234, 8))); // MAXIMUM WRITE SAME LENGTH
  });

  it('b2h and READ CAPACITY(16) claim zeros only where the backend does', () => {
    const backend = Object.assign(memory(), { unmappedReadsZeros: false });
    const { send } = bench({ backend });
    expect(send(page('b2')).data[5]! & 0x1c).toBe(0); // LBPRZ
    const capacity = send('9e 10 0000000000000000 00000020 00 00').data;
    expect(capacity[14]! & 0xc0).toBe(0x80); // LBPME without LBPRZ
  });

  it('8fh: all that SPC demands of a copy manager with ROD tokens, and the commands that there are', () => {
    const { send, unit } = bench();
    const { descriptors } = decodeThirdPartyCopy(send('12 01 8f 1000 00').data)!;
    expect(descriptors.map(({ type }) => type)).toEqual([
      'block device ROD limits',
      'supported commands',
      'parameter data',
      'supported descriptors',
      'supported CSCD IDs',
      'ROD token features',
      'supported ROD types',
      'general copy operations',
    ]);
    const [commands] = descriptors.filter((each) => each.type === 'supported commands');
    const named = commands!.commands.flatMap(({ opcode, serviceActions }) =>
      serviceActions.map((action) => `${opcode} ${action}`),
    );
    const there = unit.forms
      .filter(({ spec }) => spec.opcode === 0x83 || spec.opcode === 0x84)
      .map(({ spec }) => `${spec.opcode} ${spec.serviceAction}`);
    expect(named).toEqual(there);
  });
});
