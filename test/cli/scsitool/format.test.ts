import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFields, type FieldList } from '../../../src/cli/scsitool/fields.ts';
import { fieldLines, fieldTable } from '../../../src/cli/scsitool/format.ts';
import { DESCRIPTOR_SENSE, FIXED_SENSE, QUERIES } from '../../../src/cli/scsitool/queries.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const lines = (list: FieldList, hex: string) => fieldLines(readFields(list, bytes(hex)));
const table = (list: FieldList, hex: string) => fieldTable(readFields(list, bytes(hex)));
const fields = (name: string) => QUERIES[name]!.fields;

const BOUNDARY = '+--------+--------+--------+--------+--------+--------+--------+--------+';

describe('lines', () => {
  it('have numbers: below 10, in hexadecimal too, and from 2^32 on in two halves', () => {
    const hex = '0000000100000000 00000009 0a 5f 0000 00000000000000000000000000000000';
    expect(lines(fields('capacity16'), hex)).toBe(
      [
        'RETURNED LOGICAL BLOCK ADDRESS=1:00000000',
        'LOGICAL BLOCK LENGTH IN BYTES=9',
        'Reserved=0',
        'P_TYPE=5',
        'PROT_EN=0',
        'P_I_EXPONENT=5',
        'LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT=15 (0xf)',
        'TPE=0',
        'TPRZ=0',
        'LOWEST ALIGNED LOGICAL BLOCK ADDRESS=0',
        `Reserved=${'00 '.repeat(15)}00`,
        '',
      ].join('\n'),
    );
  });

  it('have text with points for what cannot be printed, and bytes', () => {
    expect(lines(fields('vpd80'), '00 80 00 04 41 7e 7f 1f')).toContain(
      'PRODUCT SERIAL NUMBER=A~..\n',
    );
    expect(lines(fields('vpd0'), '00 00 00 03 00 80 b0')).toContain(
      'Supported VPD page list=00 80 b0\n',
    );
  });

  it('warn of a length that is not that of the data, and stop there', () => {
    expect(lines(fields('vpd0'), '00 00 00 02 00 80 b0')).toBe(
      'PERIPHERAL QUALIFIER=0\nPERIPHERAL DEVICE TYPE=0\nPAGE CODE (00h)=0\nReserved=0\n' +
        'PAGE LENGTH (n-3)=2 (WARN: data buffer length mismatch)\n' +
        'Supported VPD page list=00 80\n',
    );
    expect(lines(fields('vpd0'), '00 00 00 05 00')).toContain(
      'PAGE LENGTH (n-3)=5 (WARN: data buffer length mismatch)\nSupported VPD page list=00\n',
    );
  });

  it('warn of a reserved value that is not zero', () => {
    expect(lines(fields('luns'), '00000008 00000001 0000000000000000')).toBe(
      'LUN LIST LENGTH (n-7)=8\nReserved=1 (WARN: non-zero reserved value)\nLUN=0\n',
    );
  });

  it('repeat until the data ends; a value of length 0 is not there', () => {
    const hex = '00 83 000e 02 01 00 00 01 03 00 06 31 32 33 34 35 36';
    expect(lines(fields('vpd83'), hex).split('\n').slice(4)).toEqual([
      'PROTOCOL IDENTIFIER=0',
      'CODE SET=2',
      'PIV=0',
      'Reserved=0',
      'ASSOCIATION=0',
      'IDENTIFIER TYPE=1',
      'Reserved=0',
      'IDENTIFIER LENGTH (m-3)=0',
      'PROTOCOL IDENTIFIER=0',
      'CODE SET=1',
      'PIV=0',
      'Reserved=0',
      'ASSOCIATION=0',
      'IDENTIFIER TYPE=3',
      'Reserved=0',
      'IDENTIFIER LENGTH (m-3)=6',
      'IDENTIFIER=123456',
      '',
    ]);
  });

  it('end where the data ends, in the middle of a number too', () => {
    expect(lines(fields('capacity'), '00 00 10')).toBe(
      'RETURNED LOGICAL BLOCK ADDRESS=16 (0x10)\n',
    );
    expect(lines(fields('capacity'), '')).toBe('');
  });

  it('show sense data up to its length', () => {
    const text = lines(FIXED_SENSE, `f0000500000007 0a 00000000 2400 00 c0 0002${'00'.repeat(14)}`);
    expect(text.split('\n')).toEqual([
      'VALID=1',
      'RESPONSE CODE (70h or 71h)=112 (0x70)',
      'Obsolete=0',
      'FILEMARK=0',
      'EOM=0',
      'ILI=0',
      'Reserved=0',
      'SENSE KEY=5',
      'INFORMATION=7',
      'ADDITIONAL SENSE LENGTH (n-7)=10 (0xa) (WARN: data buffer length mismatch)',
      'COMMAND-SPECIFIC INFORMATION=0',
      'ADDITIONAL SENSE CODE=36 (0x24)',
      'ADDITIONAL SENSE CODE QUALIFIER=0',
      'FIELD REPLACEABLE UNIT CODE=0',
      'SKSV=1',
      'SENSE KEY SPECIFIC=4194306 (0x400002)',
      '',
    ]);
  });
});

describe('a table', () => {
  it('has a column of nine characters for each bit, and a name cut where it does not fit', () => {
    const hex = '000000000000000f 00000200 00 01 c000 00000000000000000000000000000000';
    expect(table(fields('capacity16'), hex)).toBe(
      [
        BOUNDARY,
        '|                RETURNED LOGICAL BLOCK ADDRESS=15 (0xf)                |',
        BOUNDARY,
        '|               LOGICAL BLOCK LENGTH IN BYTES=512 (0x200)               |',
        BOUNDARY,
        '|            Reserved=0             |         P_TYPE=0         |PROT_E=0|',
        BOUNDARY,
        '|          P_I_EXPONENT=0           |LOGICAL BLOCKS PER PHYSICAL BLOCK=1|',
        BOUNDARY,
        '| TPE=1  | TPRZ=1 |                                                     |',
        '+--------+--------+                                                     |',
        '|                LOWEST ALIGNED LOGICAL BLOCK ADDRESS=0                 |',
        BOUNDARY,
        '|                               Reserved                                |',
        '|            00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00            |',
        BOUNDARY,
        '',
      ].join('\n'),
    );
  });

  it('has rows of 16 bytes, all but the first with a blank before them', () => {
    const hex = `00 00 00 11 ${'80'.repeat(17)}`;
    expect(table(fields('vpd0'), hex).split('\n').slice(-5)).toEqual([
      '|                        Supported VPD page list                        |',
      '|            80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80            |',
      '|                                   80                                  |',
      BOUNDARY,
      '',
    ]);
  });

  it('has rows of 64 characters', () => {
    const hex = `00 80 00 41 ${'41'.repeat(65)}`;
    expect(table(fields('vpd80'), hex).split('\n').slice(-5)).toEqual([
      '|                         PRODUCT SERIAL NUMBER                         |',
      `|   ${'A'.repeat(64)}    |`,
      '|                                   A                                   |',
      BOUNDARY,
      '',
    ]);
  });

  it('has no warnings', () => {
    expect(table(fields('vpd0'), '00 00 01 09 00')).not.toContain('WARN');
  });

  it('of nothing is a line', () => {
    expect(table(fields('capacity'), '')).toBe(`${BOUNDARY}\n`);
  });
});

describe('any data', () => {
  const anyData = fc.tuple(
    fc.constantFrom(
      FIXED_SENSE,
      DESCRIPTOR_SENSE,
      ...Object.values(QUERIES).map((asked) => asked.fields),
    ),
    fc.uint8Array({ maxLength: 255 }),
  );

  it('is a table of 73 columns', () => {
    fc.assert(
      fc.property(anyData, ([list, data]) => {
        const rows = fieldTable(readFields(list, data)).trimEnd().split('\n');
        expect(rows.filter((row) => row.length !== BOUNDARY.length)).toEqual([]);
        expect([rows[0], rows.at(-1)]).toEqual([BOUNDARY, BOUNDARY]);
      }),
    );
  });

  it('is a line for each field, of which none reads behind the data', () => {
    fc.assert(
      fc.property(anyData, ([list, data]) => {
        const fields = [...readFields(list, data)];
        const text = fieldLines(fields);
        expect(text === '' ? 0 : text.trimEnd().split('\n').length).toBe(fields.length);
        const bits = fields.map((field) => ('form' in field ? 8 * field.value.length : field.bits));
        const [last = 0] = bits.slice(-1);
        expect(bits.reduce((sum, value) => sum + value, 0) - last).toBeLessThanOrEqual(
          8 * data.length,
        );
      }),
    );
  });
});
