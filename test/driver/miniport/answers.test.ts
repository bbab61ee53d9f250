import { describe, expect, it } from 'vitest';
import { miniportOver, SENSE } from './fake-unit.ts';
import type { StorageUnitParams } from '../../../driver/index.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const ascii = (text: string) => hex(Buffer.from(text));

async function answer(
  cdb: readonly number[],
  params: Partial<StorageUnitParams> = {},
  length = 255,
) {
  const { send, requests } = miniportOver(params);
  const { status, dataIn, sense, residual } = await send(cdb, length);
  expect(requests).toEqual([]); // all of it is the miniport's own
  if (status === 0) expect(residual).toBe(length - dataIn.length);
  return status === 0 ? hex(dataIn) : `${status} ${hex(sense!)}`;
}

const inquiryCdb = (pageCode?: number) => [
  0x12,
  pageCode === undefined ? 0 : 1,
  pageCode ?? 0,
  0,
  255,
  0,
];

// The tests of this name in WinSpd's own suite.
describe('inquiry', () => {
  it('is 36 bytes of SPC-3: vendor WinSpd, then product and revision', async () => {
    expect(await answer(inquiryCdb())).toBe(
      '00' + // direct access
        '00' + // not removable
        '05' + // SPC-3
        '02' + // response data format
        '1f' + // 31 more bytes
        '0000' +
        '02' + // CMDQUE
        ascii('WinSpd  ') +
        ascii('RawDisk         ') +
        ascii('1.0 '),
    );
  });

  it('keeps texts of NULs as they are: a back door for tests', async () => {
    const data = await answer(inquiryCdb(), { productId: '', productRevisionLevel: '' });
    expect(data.slice(32)).toBe('00'.repeat(20));
  });

  it('refuses a page code without EVPD', async () => {
    expect(await answer([0x12, 0, 0x80, 0, 255, 0])).toBe(`2 ${SENSE.invalidFieldInCdb}`);
  });

  it('has five VPD pages', async () => {
    expect(await answer(inquiryCdb(0x00))).toBe('00000005008083b0b2');
  });

  it('has the GUID as the serial number', async () => {
    const serial = ascii('4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac');
    expect(await answer(inquiryCdb(0x80))).toBe('00800024' + serial);
  });

  it.each([
    [false, 'PID '],
    [true, 'PIDX'],
  ])('names the disk and its process (EjectDisabled: %s)', async (ejectDisabled, mark) => {
    expect(await answer(inquiryCdb(0x83), { ejectDisabled })).toBe(
      '00830050' +
        '02010040' + // ASCII, T10 vendor identification, 64 bytes
        ascii('WinSpd  RawDisk         1.0 4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac') +
        '01000008' + // binary, vendor specific, 8 bytes
        ascii(mark) +
        '00001234', // process 1234h
    );
  });

  it.each([
    [false, '00000000', '00000000'],
    [true, 'ffffffff', '00001000'],
  ])('has block limits (unmap: %s)', async (unmapSupported, lbas, descriptors) => {
    expect(await answer(inquiryCdb(0xb0), { unmapSupported })).toBe(
      '00b0003c' +
        '00000000' +
        '00000080' + // MAXIMUM TRANSFER LENGTH: 128 blocks
        '0000000000000000' +
        lbas + // MAXIMUM UNMAP LBA COUNT
        descriptors + // MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT
        '00'.repeat(36),
    );
  });

  it.each([
    [false, '00000000'],
    [true, '00800200'], // LBPU, thin
  ])('has logical block provisioning (unmap: %s)', async (unmapSupported, body) => {
    expect(await answer(inquiryCdb(0xb2), { unmapSupported })).toBe(`00b20004${body}`);
  });

  it('refuses every other page', async () => {
    expect(await answer(inquiryCdb(0xb1))).toBe(`2 ${SENSE.invalidFieldInCdb}`);
  });
});

describe('mode_sense', () => {
  it.each([
    [false, false, '00', '01'], // RCD
    [false, true, '10', '04'], // DPOFUA; WCE
    [true, false, '80', '01'], // WP; RCD
  ])('writeProtected %s, cacheSupported %s', async (writeProtected, cacheSupported, dsp, flags) => {
    const params = { writeProtected, cacheSupported };
    const page = `080a${flags}${'00'.repeat(9)}`;
    for (const pageCode of [0x08, 0x3f]) {
      const six = await answer([0x1a, 0, pageCode, 0, 255, 0], params);
      expect(six).toBe(`0f00${dsp}00${page}`);
      const ten = await answer([0x5a, 0, pageCode, 0, 0, 0, 0, 0, 255, 0], params);
      expect(ten).toBe(`001200${dsp}00000000${page}`);
    }
  });

  it('gives current values as default and saved ones, and has no changeable ones', async () => {
    const [current, changeable, defaults, saved] = await Promise.all(
      [0, 1, 2, 3].map((pageControl) => answer([0x1a, 0, (pageControl << 6) | 8, 0, 255, 0])),
    );
    expect([defaults, saved]).toEqual([current, current]);
    expect(changeable).toBe(`2 ${SENSE.invalidFieldInCdb}`);
  });

  it('refuses every other page', async () => {
    expect(await answer([0x1a, 0, 0x0a, 0, 255, 0])).toBe(`2 ${SENSE.invalidFieldInCdb}`);
    expect(await answer([0x5a, 0, 0x00, 0, 0, 0, 0, 0, 255, 0])).toBe(
      `2 ${SENSE.invalidFieldInCdb}`,
    );
  });
});

describe('read_capacity', () => {
  const sixteen = [0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0];
  const ten = [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0];

  it.each([
    [false, '00'],
    [true, '80'], // LBPME
  ])('says the last block and the length of a block (unmap: %s)', async (unmapSupported, flag) => {
    expect(await answer(ten, { unmapSupported })).toBe('000003ff00000200');
    const expected = `00000000000003ff000002000000${flag}${'00'.repeat(17)}`;
    expect(await answer(sixteen, { unmapSupported })).toBe(expected);
  });

  it.each([
    [2 ** 32 - 1, 'fffffffe'],
    [2 ** 32, 'ffffffff'],
    [2 ** 40, 'ffffffff'],
  ])('of %i blocks in ten bytes', async (blockCount, last) => {
    expect((await answer(ten, { blockCount })).slice(0, 8)).toBe(last);
  });

  it('cuts READ CAPACITY(16) at 12 bytes where the buffer is short', async () => {
    expect(await answer(sixteen, {}, 31)).toBe('00000000000003ff00000200');
  });
});

describe('a buffer', () => {
  it.each([
    ['INQUIRY', inquiryCdb(), 36],
    ['VPD page 83h', inquiryCdb(0x83), 84],
    ['MODE SENSE(6)', [0x1a, 0, 8, 0, 255, 0], 16],
    ['MODE SENSE(10)', [0x5a, 0, 8, 0, 0, 0, 0, 0, 255, 0], 20],
    ['READ CAPACITY(10)', [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], 8],
    ['READ CAPACITY(16)', [0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0], 12],
    ['REPORT LUNS', [0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0], 16],
  ])(
    'for %s that is too short overruns; one that is not there is an error',
    async (_, cdb, length) => {
      const { send } = miniportOver();
      expect((await send(cdb, length)).status).toBe(0);
      await expect(send(cdb, length - 1)).rejects.toMatchObject({ code: 'SRB_DATA_OVERRUN' });
      await expect(send(cdb, 0)).rejects.toMatchObject({
        code: 'SRB_INTERNAL_ERROR',
        srbStatus: 0x30,
      });
    },
  );

  it('is what counts, not ALLOCATION LENGTH', async () => {
    expect((await answer([0x12, 0, 0, 0, 5, 0])).length).toBe(72);
  });
});

describe('the address of a unit', () => {
  const reportLuns = [0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0];

  it('is LUN 0', async () => {
    expect(await answer(reportLuns)).toBe('00000008000000000000000000000000');
  });

  it('elsewhere knows REPORT LUNS and nothing else', async () => {
    const { send } = miniportOver();
    expect(hex((await send(reportLuns, 255, 1)).dataIn)).toBe('0000000000000000');
    await expect(send(inquiryCdb(), 255, 1)).rejects.toMatchObject({ code: 'SRB_NO_DEVICE' });
  });
});

describe('commands', () => {
  it('TEST UNIT READY is always good', async () => {
    expect(await miniportOver().send([0, 0, 0, 0, 0, 0])).toMatchObject({ status: 0 });
  });

  it.each([
    ['REQUEST SENSE', [0x03, 0, 0, 0, 18, 0]],
    ['START STOP UNIT', [0x1b, 0, 0, 0, 1, 0]],
    ['VERIFY(10)', [0x2f, 0, 0, 0, 0, 0, 0, 0, 1, 0]],
    ['WRITE SAME(16)', [0x93, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]],
    ['PERSISTENT RESERVE IN', [0x5e, 0, 0, 0, 0, 0, 0, 0, 8, 0]],
    ['GET LBA STATUS', [0x9e, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0]],
    ['REPORT SUPPORTED OPERATION CODES', [0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0]],
  ])('%s is not known, and says so without sense data', async (_, cdb) => {
    const sent = miniportOver().send(cdb, 255);
    await expect(sent).rejects.toMatchObject({ code: 'SRB_INVALID_REQUEST', srbStatus: 6 });
  });
});
