import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { testTerminal } from './terminal.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function decode(args: readonly string[], input = ''): Promise<Ran> {
  const terminal = testTerminal(input);
  const code = await run(['decode', ...args], terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

describe('scsi-target decode', () => {
  it('prints a CDB field by field', async () => {
    // READ(10) with FUA of 16 blocks from LBA 8.
    expect(await decode(['28', '08', '00000008', '00', '0010', '00'])).toEqual({
      code: 0,
      out: [
        'READ(10), data-in: 16 blocks',
        '  byte 1 bits 7-5  protect      0',
        '  byte 1 bit 4     dpo          no',
        '  byte 1 bit 3     fua          yes',
        '  bytes 2-5        lba          8',
        '  byte 6 bits 5-0  groupNumber  0',
        '  bytes 7-8        blocks       16 (10h)',
        '  byte 9 bit 2     naca         no',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it.each([
    ['080000070000', /^READ\(6\), data-in: 256 blocks\n[^]*lba +7\n/], // TRANSFER LENGTH 0 means 256
    ['000000000000', /^TEST UNIT READY, no data\n/],
    ['1200000024 00', /^INQUIRY, data-in: at most 36 bytes\n/],
    ['42000000000000001800', /^UNMAP, data-out: 24 bytes\n/],
    ['9e10000000000000000000000020 0000', /^READ CAPACITY\(16\), data-in: at most 32 bytes\n/],
    ['25000000000000000000', /^READ CAPACITY\(10\), data-in: 8 bytes\n/],
    ['120000002400 0000', /\(2 more bytes after the end are not looked at\)/], // padded
  ])('knows %s', async (hex, text) => {
    const { code, out } = await decode([hex]);
    expect(out).toMatch(text);
    expect(code).toBe(0);
  });

  it('reads standard input with -', async () => {
    expect(await decode(['-'], '12 00 00\n00 24 00\n')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^INQUIRY/) as string,
    });
  });

  it('prints JSON with the place of each field', async () => {
    const { out } = await decode(['--json', '1a083f00ff00']);
    expect(JSON.parse(out)).toEqual({
      command: 'MODE SENSE(6)',
      transfer: 'data-in: at most 255 bytes',
      surplus: 0,
      fields: [
        { name: 'dbd', value: true, byte: 1, length: 1, bits: [3, 3] },
        { name: 'pageControl', value: 0, byte: 2, length: 1, bits: [7, 6] },
        { name: 'pageCode', value: 0x3f, byte: 2, length: 1, bits: [5, 0] },
        { name: 'subpageCode', value: 0, byte: 3, length: 1 },
        { name: 'allocationLength', value: 255, byte: 4, length: 1 },
        { name: 'naca', value: false, byte: 5, length: 1, bits: [2, 2] },
      ],
    });
  });

  it.each([
    // [hex, message, whether the fields are there all the same]
    ['ff', /byte 0: operation code FFh is no command/, false],
    ['9e1f0000000000000000000000000000', /byte 1, bit 4: operation code 9Eh has no such/, false],
    ['28000000', /READ\(10\) has 10 bytes, and here are 4/, false],
    ['001000000000', /byte 1, bit 4: a reserved bit is set \(the byte is 10h\)/, true],
  ])('says what is wrong with %s and where', async (hex, message, fields) => {
    const { code, out, err } = await decode([hex]);
    expect(err).toMatch(message);
    expect(code).toBe(1);
    expect(out.includes('naca')).toBe(fields);
  });

  it('says which character is no hex digit, and ends with 2', async () => {
    expect(await decode(['12', '0g'])).toEqual({
      code: 2,
      out: '',
      err: "scsi-target: 'g' at character 5 of '12 0g' is not a hex digit\n",
    });
  });
});

describe('scsi-target decode --sense', () => {
  it('prints fixed format sense data', async () => {
    const sense = '70 00 05 00 00 00 00 0a 00 00 00 00 24 00 00 cd 00 02';
    expect(await decode(['--sense', sense])).toEqual({
      code: 0,
      out: [
        'ILLEGAL REQUEST, INVALID FIELD IN CDB (5/24/00), fixed format',
        '  byte 0 bits 6-0  responseCode  112 (70h)',
        '  byte 2 bits 3-0  key           5',
        '  byte 12          asc           36 (24h)',
        '  byte 13          ascq          0',
        '  bytes 15-17      fieldPointer  byte 2 bit 5 of the CDB',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('prints descriptor format sense data, descriptors in the order of the bytes', async () => {
    const sense = [
      '72 03 11 00 00 00 00 10', // MEDIUM ERROR, UNRECOVERED READ ERROR, 16 bytes of descriptors
      '03 02 00 07', // field replaceable unit 7
      '00 0a 80 00 00 20 00 00 00 00 00 01', // INFORMATION, VALID: 2^53 + 1
    ];
    const { code, out } = await decode(['--sense', '--json', ...sense]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      title: 'MEDIUM ERROR, UNRECOVERED READ ERROR (3/11/00), descriptor format',
      surplus: 0,
      fields: [
        { name: 'responseCode', value: 0x72, byte: 0, length: 1, bits: [6, 0] },
        { name: 'key', value: 3, byte: 1, length: 1, bits: [3, 0] },
        { name: 'asc', value: 0x11, byte: 2, length: 1 },
        { name: 'ascq', value: 0, byte: 3, length: 1 },
        { name: 'fru', value: 7, byte: 11, length: 1 },
        { name: 'information', value: '0x20000000000001', byte: 16, length: 8 },
      ],
    });
  });

  it('prints progress, deferral and a code that T10 has not named', async () => {
    expect(
      (await decode(['--sense', '71 00 02 00000000 0a 00000000 04 04 00 80 8000'])).out,
    ).toMatch(
      /^NOT READY, LOGICAL UNIT NOT READY, FORMAT IN PROGRESS \(2\/04\/04\), deferred, fixed format\n[^]*50\.0 %/,
    );
    expect((await decode(['--sense', '72 09 99 01'])).out).toMatch(
      /^VENDOR SPECIFIC, a code that T10 has not named \(9\/99\/01\)/,
    );
  });

  it.each([
    ['00', /byte 0: the response code is 00h, not 70h to 73h/],
    ['70 00', /sense data has at least 3 bytes, and here are 2/],
    ['73', /sense data has at least 2 bytes, and here are 1/],
  ])('refuses %s', async (hex, message) => {
    const { code, err } = await decode(['--sense', hex]);
    expect(err).toMatch(message);
    expect(code).toBe(1);
  });
});
