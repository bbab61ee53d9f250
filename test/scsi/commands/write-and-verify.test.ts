import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { bench, good, refusal } from '../disk-under-test.ts';

const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);

describe.each([
  ['WRITE AND VERIFY(10)', (flags: string) => `2e ${flags} 00000007 00 0001 00`],
  ['WRITE AND VERIFY(12)', (flags: string) => `ae ${flags} 00000007 00000001 00 00`],
  ['WRITE AND VERIFY(16)', (flags: string) => `8e ${flags} 0000000000000007 00000001 00 00`],
])('%s', (_, cdb) => {
  it.each(['00', '02'])('writes and finds the block as written, byte 1 being %s', (flags) => {
    const backend = memoryBackend({ blocks: 16 });
    expect(bench({ backend }).send(cdb(flags), { out: block(5) })).toEqual(good('', 512));
    const now = block(0);
    backend.read(7, now);
    expect(now).toEqual(block(5));
  });

  it('tells of a medium that does not keep what was written', () => {
    const forgetful = {
      blockLength: 512,
      blocks: 16,
      read: (_lba: number, into: Uint8Array) => void into.fill(0),
      write: () => undefined,
    };
    expect(bench({ backend: forgetful }).send(cdb('02'), { out: block(5) })).toEqual(
      refusal('E/1D/00', { information: 7 }, 512),
    );
  });

  it.each(['04', '06'])('refuses a reserved BYTCHK, byte 1 being %s', (flags) => {
    expect(bench().send(cdb(flags))).toEqual(refusal('5/24/00', { cdb: [1, 2] }));
  });
});
