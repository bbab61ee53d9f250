import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { additionalSenseText, describeSense, senseKeyText } from '../../src/sense/text.ts';

/** T10's assignments: ASC, ASCQ or a range of them, name. */
const table = readFileSync(new URL('asc-ascq.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [asc = '', ascq = '', name = ''] = line.split('\t');
    const [first = '', last = first] = ascq.split('-');
    return { asc: parseInt(asc, 16), first: parseInt(first, 16), last: parseInt(last, 16), name };
  });

test('every code that T10 assigned has its name', () => {
  // The two that a range of qualifiers covers as well say the qualifier instead of NN.
  const single = table.filter(
    ({ asc, first, last }) => first === last && asc !== 0x4d && asc !== 0x70,
  );
  expect(single.length).toBeGreaterThan(700);
  for (const { asc, first, name } of single) expect(additionalSenseText(asc, first)).toBe(name);
});

test.each([
  [0x40, 0x00, 'RAM FAILURE (SHOULD USE 40 NN)'],
  [0x40, 0x01, 'RAM FAILURE (ASCQ = 01h)'],
  [0x40, 0x7f, 'RAM FAILURE (ASCQ = 7Fh)'],
  [0x40, 0x80, 'DIAGNOSTIC FAILURE ON COMPONENT (ASCQ = 80h)'],
  [0x40, 0xff, 'DIAGNOSTIC FAILURE ON COMPONENT (ASCQ = FFh)'],
  [0x41, 0x10, 'DATA PATH FAILURE (ASCQ = 10h)'],
  [0x42, 0xab, 'POWER-ON OR SELF-TEST FAILURE (ASCQ = ABh)'],
  [0x4d, 0x00, 'TAGGED OVERLAPPED COMMANDS (ASCQ = 00h)'],
  [0x4d, 0x05, 'TAGGED OVERLAPPED COMMANDS (ASCQ = 05h)'],
  [0x70, 0x12, 'DECOMPRESSION EXCEPTION SHORT ALGORITHM ID OF 12h'],
])('a range of qualifiers shares a name: %i/%i', (asc, ascq, name) => {
  expect(additionalSenseText(asc, ascq)).toBe(name);
});

test('a code has a name exactly where the table has one', () => {
  const named = new Set<number>();
  for (const { asc, first, last } of table)
    for (let ascq = first; ascq <= last; ascq++) named.add(asc * 256 + ascq);
  const wrong = Array.from({ length: 65536 }, (_, code) => code).filter(
    (code) => (additionalSenseText(code >> 8, code & 0xff) !== undefined) !== named.has(code),
  );
  expect(wrong).toEqual([]);
});

test('a description has everything that is known in it', () => {
  expect(
    describeSense({
      key: 0x5,
      asc: 0x24,
      ascq: 0x00,
      deferred: true,
      information: 7,
      commandSpecific: 8n,
      fru: 0x1f,
      fieldPointer: { in: 'cdb', byte: 2, bit: 7 },
    }),
  ).toBe(
    'ILLEGAL REQUEST: INVALID FIELD IN CDB (5/24/00), deferred, information 7, command specific 8, CDB byte 2 bit 7, field replaceable unit 1Fh',
  );
  expect(
    describeSense({ key: 0x5, asc: 0x26, ascq: 0, fieldPointer: { in: 'data', byte: 8 } }),
  ).toBe('ILLEGAL REQUEST: INVALID FIELD IN PARAMETER LIST (5/26/00), parameter list byte 8');
  expect(describeSense({ key: 0x2, asc: 0x04, ascq: 0x04, progress: 0x8000 })).toBe(
    'NOT READY: LOGICAL UNIT NOT READY, FORMAT IN PROGRESS (2/04/04), progress 50.0 %',
  );
  expect(describeSense({ key: 0x3, asc: 0x11, ascq: 0x00, retries: 3 })).toBe(
    'MEDIUM ERROR: UNRECOVERED READ ERROR (3/11/00), 3 retries',
  );
});

test('a code without a name is unknown, or vendor specific from 80h on', () => {
  expect(describeSense({ key: 0xb, asc: 0x7f, ascq: 0x01 })).toContain('UNKNOWN CODE (B/7F/01)');
  expect(describeSense({ key: 0x9, asc: 0x80, ascq: 0x01 })).toContain('VENDOR SPECIFIC CODE');
  expect(describeSense({ key: 0x9, asc: 0x04, ascq: 0x80 })).toContain('VENDOR SPECIFIC CODE');
});

test('any sense key has a name', () => {
  fc.assert(
    fc.property(fc.nat(), (key) => {
      expect(senseKeyText(key)).toMatch(/^[A-Z ]+$/);
    }),
  );
});
