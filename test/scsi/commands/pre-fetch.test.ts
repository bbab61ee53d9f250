import { describe, expect, it } from 'vitest';
import { bench, refusal } from '../disk-under-test.ts';

const met = { status: 0x04, data: new Uint8Array(0), dataOutLength: 0 };

describe.each([
  ['PRE-FETCH(10)', (flags: string, lba: string) => `34 ${flags} 0000${lba} 00 0002 00`],
  [
    'PRE-FETCH(16)',
    (flags: string, lba: string) => `90 ${flags} 000000000000${lba} 00000002 00 00`,
  ],
])('%s', (_, cdb) => {
  it.each(['00', '02'])('says CONDITION MET, byte 1 being %s', (flags) => {
    expect(bench().send(cdb(flags, '0007'))).toEqual(met);
  });

  it('names the first block past the end', () => {
    expect(bench().send(cdb('00', '07ff'))).toEqual(refusal('5/21/00', { information: 2048 }));
  });

  it('is GOOD where there are more blocks than one command may read', () => {
    expect(bench({ maxTransferLength: 512 }).send(cdb('00', '0000')).status).toBe(0);
  });
});
