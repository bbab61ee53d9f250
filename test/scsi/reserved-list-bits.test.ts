/** Reserved bits of the parameter lists that initiators send: refused one by one, or looked over. */
import { describe, expect, it } from 'vitest';
import { bench, hex, memory, refusal, type Answer, type BenchOptions } from './disk-under-test.ts';

const zeros = (count: number): string => '00'.repeat(count);

/** A zero ROD token: it unmaps. */
const ZERO_TOKEN = `ffff0001 0000 01f8 ${zeros(504)}`;

/** Bytes from the first to the last, all reserved. */
const bytes = (first: number, last: number): Readonly<Record<number, number>> =>
  Object.fromEntries(Array.from({ length: last - first + 1 }, (_, i) => [first + i, 0xff]));

/** A command with a list that is right, and the bytes and bits of that which are reserved. */
const LISTS: readonly (readonly [
  what: string,
  cdb: string,
  list: string,
  reserved: Readonly<Record<number, number>>,
])[] = [
  [
    'MODE SELECT(6) with a block descriptor',
    '15 10 0000 0c 00',
    '00000008 00000000 00 000200',
    { 8: 0xff },
  ],
  [
    'MODE SELECT(10) with a long block descriptor',
    '55 10 0000000000 0018 00',
    '0000 00 00 01 00 0010 0000000000000000 00000000 00000200',
    { 4: 0xfe, 5: 0xff, 16: 0xff, 17: 0xff, 18: 0xff, 19: 0xff },
  ],
  [
    'UNMAP',
    '42 00 00000000 00 0018 00',
    '0016 0010 00000000 0000000000000001 00000001 00000000',
    { 4: 0xff, 5: 0xff, 6: 0xff, 7: 0xff, 20: 0xff, 21: 0xff, 22: 0xff, 23: 0xff },
  ],
  ['REASSIGN BLOCKS', '07 00 000000 00', '0000 0004 00000001', { 0: 0xff, 1: 0xff }],
  ['REGISTER', '5f 00 00 0000 00000018 00', `${zeros(15)}01 ${zeros(8)}`, { 20: 0xf2, 21: 0xff }],
  [
    'SET TARGET PORT GROUPS',
    'a4 0a 00000000 00000008 00 00',
    '00000000 00 00 0001',
    { 0: 0xff, 1: 0xff, 2: 0xff, 3: 0xff, 4: 0xf0, 5: 0xff },
  ],
  [
    'SET TIMESTAMP',
    'a4 0f 00000000 0000000c 00 00',
    '00000000 000000000007 0000',
    { 0: 0xff, 1: 0xff, 2: 0xff, 3: 0xff, 10: 0xff, 11: 0xff },
  ],
  [
    'WRITE SCATTERED(16) with two ranges',
    '9f 12 00 00 0001 0000 0002 00000003 00 00',
    `${zeros(32)} 0000000000000001 00000001 ${zeros(20)}
     0000000000000005 00000001 ${zeros(20)} ${zeros(512 - 96)} ${'11'.repeat(1024)}`,
    { ...bytes(0, 31), ...bytes(44, 63), ...bytes(76, 95) },
  ],
  [
    // Its descriptors have the tags that are expected.
    'WRITE SCATTERED(32)',
    `7f 00 00000000 00 18 0011 00 00 0001 0000 0001 ${zeros(10)} 00000002`,
    `${zeros(32)} 0000000000000001 00000001 00000001 0000 ffff ${zeros(12)} ${zeros(512 - 64)}
     ${'11'.repeat(512)}`,
    { ...bytes(0, 31), ...bytes(52, 63) },
  ],
  [
    'LOG SELECT of a page without subpages',
    '4c 00 40 00 000000 0004 00',
    '03 00 0000',
    { 1: 0xff },
  ],
  ['SANITIZE, OVERWRITE', '48 81 0000000000 0005 00', '01 00 0001 5a', { 1: 0xff }],
  [
    'POPULATE TOKEN',
    '83 10 00000000 00000001 00000020 00 00',
    '001e 00 00 00000000 00000000 0000 0010 0000000000000001 00000001 00000000',
    { 2: 0xfc, 3: 0xff, 12: 0xff, 13: 0xff, 28: 0xff, 29: 0xff, 30: 0xff, 31: 0xff },
  ],
  [
    'WRITE USING TOKEN',
    '83 11 00000000 00000001 00000228 00 00',
    `0226 00 00 00000000 0000000000000000 ${ZERO_TOKEN} 000000000000 0010
     0000000000000001 00000001 00000000`,
    { 2: 0xfc, 3: 0xff, 7: 0xff, 528: 0xff, 533: 0xff, 548: 0xff, 551: 0xff },
  ],
  [
    'EXTENDED COPY(LID1)',
    '83 00 0000000000000000 00000010 00 00',
    `01 00 0000 00000000 00000000 00000000`,
    { 1: 0xc0, 4: 0xff, 5: 0xff, 6: 0xff, 7: 0xff },
  ],
  [
    'EXTENDED COPY(LID4)',
    '83 01 0000000000000000 00000030 00 00',
    `01 00 0020 ${zeros(11)} 00 ff 000000 00000001 ${zeros(18)} 0000 0000 0000`,
    { 1: 0xc0, 4: 0xff, 14: 0xff, 15: 0xfc, 17: 0xff, 19: 0xff, 24: 0xff, 41: 0xff },
  ],
];

function send(cdb: string, out: Uint8Array, options: BenchOptions = {}): Answer {
  const backend = memory(64);
  const device = bench({ backend, alua: 'explicit', ...options });
  return device.send(cdb, { out, dataOutLength: out.length });
}

describe('a reserved bit of the list of', () => {
  it.each(LISTS)('%s is refused where it is, and nothing else is', (_, cdb, text, reserved) => {
    const list = hex(text);
    expect(send(cdb, list).status).toBe(0);
    for (const [name, mask] of Object.entries(reserved))
      for (let bit = 7; bit >= 0; bit--) {
        if ((mask & (1 << bit)) === 0) continue;
        const byte = Number(name);
        const wrong = list.slice();
        wrong[byte] = (wrong[byte] ?? 0) | (1 << bit);
        const at = mask === 0xff ? ([byte] as const) : ([byte, bit] as const);
        expect(send(cdb, wrong)).toEqual(refusal('5/26/00', { list: at }, list.length));
      }
  });

  it.each(LISTS)("%s is looked over with reservedBits: 'ignore'", (_, cdb, text, reserved) => {
    const list = hex(text);
    for (const [byte, mask] of Object.entries(reserved)) list[Number(byte)]! |= mask;
    expect(send(cdb, list, { reservedBits: 'ignore' }).status).toBe(0);
  });

  it('REGISTER AND MOVE is refused before the nexuses are looked at', () => {
    const list = hex(`${zeros(16)} 00 00 0001 00000018 0f000014 ${zeros(20)}`);
    for (const [byte, mask, at] of [
      [16, 0x01, [16]],
      [17, 0x04, [17, 2]],
    ] as const) {
      const wrong = list.slice();
      wrong[byte] = mask;
      const refused = refusal('5/26/00', { list: at }, list.length);
      expect(send('5f 07 00 0000 00000030 00', wrong)).toEqual(refused);
    }
  });
});
