import { describe, expect, it } from 'vitest';
import type { MaybePromise } from '../../../src/maybe-promise.ts';
import {
  be,
  bench,
  contents,
  firstDifference,
  unexpected,
  good,
  memory,
  refusal,
} from '../disk-under-test.ts';
import { HeldBackend } from '../held-backend.ts';

const FORMS = {
  6: (lba: number | bigint, count: number) => `0a ${be(lba, 3)} ${be(count % 256, 1)} 00`,
  10: (lba: number | bigint, count: number) => `2a 00 ${be(lba, 4)} 00 ${be(count, 2)} 00`,
  12: (lba: number | bigint, count: number) => `aa 00 ${be(lba, 4)} ${be(count, 4)} 00 00`,
  16: (lba: number | bigint, count: number) => `8a 00 ${be(lba, 8)} ${be(count, 4)} 00 00`,
} as const;
const ALL = Object.entries(FORMS);
const LONG = ALL.filter(([length]) => length !== '6');

const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7) % 253);

/** What the disk holds when these bytes are written to an empty one. */
function written(lba: number, data: Uint8Array, blocks = 2048): Uint8Array {
  const all = new Uint8Array(blocks * 512);
  all.set(data, lba * 512);
  return all;
}

/** Sends a WRITE that must be refused; expects an untouched medium and data-out that nobody asked for. */
function refused(cdb: string, options: Parameters<typeof bench>[0] = {}) {
  const backend = memory();
  const answer = bench({ ...options, backend }).send(cdb, {
    out: unexpected,
  });
  expect(backend.allocatedBytes).toBe(0);
  return answer;
}

describe.each(ALL)('WRITE(%s)', (_, cdb) => {
  it('stores the blocks, and nothing else', () => {
    const backend = memory();
    const data = pattern(3 * 512);
    expect(bench({ backend }).send(cdb(300, 3), { out: data })).toEqual(good('', 1536));
    expect(firstDifference(contents(backend), written(300, data))).toBe(-1);
  });

  it('reaches the last block', () => {
    const backend = memory();
    const data = pattern(512);
    expect(bench({ backend }).send(cdb(2047, 1), { out: data })).toEqual(good('', 512));
    expect(firstDifference(contents(backend), written(2047, data))).toBe(-1);
  });

  it('refuses a range that ends one block past the end, before anything is written', () => {
    expect(refused(cdb(2047, 2))).toEqual(refusal('5/21/00', { information: 2048 }));
  });

  it('refuses an LBA past the end, and names it', () => {
    expect(refused(cdb(2050, 1))).toEqual(refusal('5/21/00', { information: 2050 }));
  });

  it('is refused on a write-protected unit', () => {
    expect(refused(cdb(0, 1), { readOnly: true })).toEqual(refusal('7/27/00'));
  });
});

it('WRITE(6) of 0 blocks writes 256', () => {
  const backend = memory();
  const data = pattern(256 * 512);
  expect(bench({ backend }).send('0a 000001 00 00', { out: data })).toEqual(good('', 131_072));
  expect(firstDifference(contents(backend), written(1, data))).toBe(-1);
});

describe.each(LONG)('WRITE(%s) of 0 blocks', (_, cdb) => {
  it('writes nothing and asks for nothing', () => {
    expect(refused(cdb(0, 0))).toEqual(good());
  });

  it('is fine at the capacity', () => {
    expect(refused(cdb(2048, 0))).toEqual(good());
  });

  it('is refused past the capacity', () => {
    expect(refused(cdb(2049, 0))).toEqual(refusal('5/21/00', { information: 2049 }));
  });

  it('is refused on a write-protected unit', () => {
    expect(refused(cdb(0, 0), { readOnly: true })).toEqual(refusal('7/27/00'));
  });
});

it.each([2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])('WRITE(16) refuses LBA %d', (lba) => {
  expect(refused(FORMS[16](lba, 1))).toEqual(refusal('5/21/00'));
});

it('WRITE(16) refuses 2^32 - 1 blocks from LBA 1', () => {
  expect(refused(FORMS[16](1, 0xffff_ffff))).toEqual(refusal('5/21/00', { information: 2048 }));
});

describe('WRITE over MAXIMUM TRANSFER LENGTH', () => {
  it.each([
    ['6', FORMS[6], 4],
    ['10', FORMS[10], 7],
    ['12', FORMS[12], 6],
    ['16', FORMS[16], 10],
  ])('is refused at the TRANSFER LENGTH of WRITE(%s)', (_, cdb, byte) => {
    const options = { maxTransferLength: 4 * 512 };
    expect(refused(cdb(0, 5), options)).toEqual(refusal('5/24/00', { cdb: [byte] }));
  });
});

describe('WRPROTECT', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])('%d is refused, there is no protection information', (value) => {
    const byte1 = be(value << 5, 1);
    const answer = refusal('5/24/00', { cdb: [1, 7] });
    expect(refused(`2a ${byte1} 00000000 00 0001 00`)).toEqual(answer);
    expect(refused(`aa ${byte1} 00000000 00000001 00 00`)).toEqual(answer);
    expect(refused(`8a ${byte1} 0000000000000000 00000001 00 00`)).toEqual(answer);
  });
});

describe('data-out', () => {
  it('is asked for once, with the length of the CDB', () => {
    const asked: number[] = [];
    const out = (length: number): MaybePromise<Uint8Array> => {
      asked.push(length);
      return pattern(length);
    };
    bench().send(FORMS[10](0, 3), { out });
    expect(asked).toEqual([1536]);
  });

  it('that is fewer whole blocks than the CDB says is written as far as it goes', () => {
    const backend = memory();
    const data = pattern(1024);
    expect(bench({ backend }).send(FORMS[10](4, 3), { out: data })).toEqual(good('', 1536));
    expect(firstDifference(contents(backend), written(4, data))).toBe(-1);
  });

  it('that is none at all writes nothing', () => {
    const backend = memory();
    expect(bench({ backend }).send(FORMS[10](4, 1))).toEqual(good('', 512));
    expect(backend.allocatedBytes).toBe(0);
  });

  it('that ends within a block is refused as a whole', () => {
    const backend = memory();
    const answer = bench({ backend }).send(FORMS[10](4, 3), { out: pattern(700) });
    expect(answer).toEqual(refusal('5/0e/03', {}, 1536));
    expect(backend.allocatedBytes).toBe(0);
  });

  it('may come later', async () => {
    const backend = memory();
    const data = pattern(512);
    const write = bench({ backend }).sendAsync(FORMS[10](9, 1), { out: async () => data });
    expect(backend.allocatedBytes).toBe(0);
    expect(await write).toEqual(good('', 512));
    expect(firstDifference(contents(backend), written(9, data))).toBe(-1);
  });
});

describe('the cache', () => {
  const out = pattern(512);

  async function fuaOf(cdb: string, options: Parameters<typeof bench>[0]) {
    const backend = new HeldBackend();
    const write = bench({ ...options, backend }).sendAsync(cdb, { out });
    backend.finish();
    await write;
    return backend.log;
  }

  it('takes a write where it is write-back', async () => {
    expect(await fuaOf(FORMS[10](0, 1), { cache: 'write-back' })).toEqual(['write 0+1']);
  });

  it.each([
    ['WRITE(10)', '2a 08 00000000 00 0001 00'],
    ['WRITE(12)', 'aa 08 00000000 00000001 00 00'],
    ['WRITE(16)', '8a 08 0000000000000000 00000001 00 00'],
  ])('is passed by %s with FUA', async (_, cdb) => {
    expect(await fuaOf(cdb, { cache: 'write-back' })).toEqual(['write 0+1 fua']);
  });

  it('is passed by every write where it is write-through', async () => {
    expect(await fuaOf(FORMS[10](0, 1), { cache: 'write-through' })).toEqual(['write 0+1 fua']);
    expect(await fuaOf(FORMS[6](0, 1), { cache: 'write-through' })).toEqual(['write 0+1 fua']);
  });

  it('may keep no block that DPO names: no error', async () => {
    expect(await fuaOf('2a 10 00000000 00 0001 00', {})).toEqual(['write 0+1']);
  });
});

it('two writes to the same blocks end in the order they came', async () => {
  const backend = new HeldBackend();
  const { sendAsync } = bench({ backend });
  const first = sendAsync(FORMS[10](0, 2), { out: new Uint8Array(1024).fill(1) });
  const second = sendAsync(FORMS[10](1, 2), { out: new Uint8Array(1024).fill(2) });
  expect(backend.pending).toEqual(['write 0+2']);
  backend.finish();
  await first;
  backend.finish('write 1+2');
  await second;
  expect([0, 512, 1024].map((at) => contents(backend.memory)[at])).toEqual([1, 2, 2]);
});
