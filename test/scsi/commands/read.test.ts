import { describe, expect, it } from 'vitest';
import { isPromise } from '../../../src/maybe-promise.ts';
import { answerOf, be, bench, good, memory, refusal } from '../disk-under-test.ts';
import { HeldBackend } from '../held-backend.ts';
import { protectedDisk, read16 } from '../protected-disk.ts';

/** READ in each CDB form. */
const FORMS = {
  6: (lba: number | bigint, count: number) => `08 ${be(lba, 3)} ${be(count % 256, 1)} 00`,
  10: (lba: number | bigint, count: number) => `28 00 ${be(lba, 4)} 00 ${be(count, 2)} 00`,
  12: (lba: number | bigint, count: number) => `a8 00 ${be(lba, 4)} ${be(count, 4)} 00 00`,
  16: (lba: number | bigint, count: number) => `88 00 ${be(lba, 8)} ${be(count, 4)} 00 00`,
} as const;
const ALL = Object.entries(FORMS);
const LONG = ALL.filter(([length]) => length !== '6');

/** A disk of 2048 blocks, each filled with its number. */
function numbered() {
  const backend = memory();
  for (let lba = 0; lba < 2048; lba++) backend.write(lba, new Uint8Array(512).fill(lba % 251));
  return backend;
}

const blocks = (lba: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count * 512 }, (_, i) => (lba + Math.floor(i / 512)) % 251);

describe.each(ALL)('READ(%s)', (_, cdb) => {
  it('gives the blocks', () => {
    expect(bench({ backend: numbered() }).send(cdb(300, 3))).toEqual(good(blocks(300, 3)));
  });

  it('reaches the last block', () => {
    expect(bench({ backend: numbered() }).send(cdb(2047, 1))).toEqual(good(blocks(2047, 1)));
  });

  it('refuses a range that ends one block past the end: the first missing block is the capacity', () => {
    const answer = refusal('5/21/00', { information: 2048 });
    expect(bench().send(cdb(2047, 2))).toEqual(answer);
    expect(bench().send(cdb(2048, 1))).toEqual(answer);
  });

  it('refuses an LBA past the end, and names it', () => {
    expect(bench().send(cdb(2049, 1))).toEqual(refusal('5/21/00', { information: 2049 }));
  });
});

it('READ(6) of 0 blocks gives 256', () => {
  expect(bench({ backend: numbered() }).send('08 000001 00 00')).toEqual(good(blocks(1, 256)));
});

it('READ(6) has an LBA of 21 bits', () => {
  const answer = bench().send('08 1fffff 01 00');
  expect(answer).toEqual(refusal('5/21/00', { information: 0x1f_ffff }));
});

it('READ(6) refuses the bits above its LBA', () => {
  expect(bench().send('08 200000 01 00')).toEqual(refusal('5/24/00', { cdb: [1, 5] }));
});

describe.each(LONG)('READ(%s) of 0 blocks', (_, cdb) => {
  it('gives nothing', () => {
    expect(bench().send(cdb(0, 0))).toEqual(good());
  });

  it('is fine at the capacity', () => {
    expect(bench().send(cdb(2048, 0))).toEqual(good());
  });

  it('is refused past the capacity', () => {
    expect(bench().send(cdb(2049, 0))).toEqual(refusal('5/21/00', { information: 2049 }));
  });
});

describe('READ(16) at the end of 64 bits', () => {
  it.each([
    ['2^63', 2n ** 63n, 1],
    ['2^64 - 1', 2n ** 64n - 1n, 1],
    ['2^64 - 1', 2n ** 64n - 1n, 0],
    ['2^64 - 1', 2n ** 64n - 1n, 0xffff_ffff],
    ['2^53', 2n ** 53n, 1],
  ])('refuses LBA %s, %d blocks; INFORMATION has no room for it', (_name, lba, count) => {
    expect(bench().send(FORMS[16](lba, count))).toEqual(refusal('5/21/00'));
  });

  it('names LBA 2^64 - 1 exactly in descriptor format', () => {
    const { sense } = bench({ descriptorSense: true }).send(FORMS[16](2n ** 64n - 2n, 1));
    expect(sense?.subarray(12)).toEqual(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 254));
  });

  it('reads the last block of the largest disk', () => {
    const backend = memory(2 ** 53 - 1);
    const { send } = bench({ backend });
    expect(send(FORMS[16](2 ** 53 - 2, 1))).toEqual(good(new Uint8Array(512)));
    expect(send(FORMS[16](2 ** 53 - 2, 2))).toEqual(refusal('5/21/00'));
  });
});

const small = () => bench({ maxTransferLength: 4 * 512 });

describe('READ over MAXIMUM TRANSFER LENGTH', () => {
  it.each([
    ['6', FORMS[6], 4],
    ['10', FORMS[10], 7],
    ['12', FORMS[12], 6],
    ['16', FORMS[16], 10],
  ])('is refused at the TRANSFER LENGTH of READ(%s)', (_, cdb, byte) => {
    expect(small().send(cdb(0, 5))).toEqual(refusal('5/24/00', { cdb: [byte] }));
    expect(small().send(cdb(0, 4)).status).toBe(0);
  });

  it('is a range error first', () => {
    expect(small().send(FORMS[10](2047, 5))).toEqual(refusal('5/21/00', { information: 2048 }));
  });
});

describe('READ of more than the initiator has room for', () => {
  it.each([
    // room, bytes that come, bytes that do not
    [4 * 512, 4 * 512, undefined],
    [9999, 4 * 512, undefined],
    [3 * 512, 3 * 512, 512],
    [513, 2 * 512, 2 * 512],
    [1, 512, 3 * 512],
    [0, 0, 4 * 512],
  ])('%d bytes: does not read what nobody takes', (dataInLength, came, omitted) => {
    const response = bench({ backend: numbered() }).start(FORMS[10](7, 4), { dataInLength });
    if (isPromise(response)) throw new Error('not in the same tick');
    expect(response?.omitted).toBe(omitted);
    expect(answerOf(response)).toEqual(good(blocks(7, 4).subarray(0, came)));
  });

  it('asks the backend for no other block', () => {
    const backend = new HeldBackend();
    void bench({ backend }).sendAsync(FORMS[10](7, 4), { dataInLength: 600 });
    expect(backend.pending).toEqual(['read 7+2']);
  });

  it('is refused all the same where it goes past the end', () => {
    const answer = bench().send(FORMS[10](2047, 2), { dataInLength: 512 });
    expect(answer).toEqual(refusal('5/21/00', { information: 2048 }));
  });

  it('counts protection information with the blocks', () => {
    const response = protectedDisk(1).start(read16(1, 0, 4), { dataInLength: 520 });
    if (isPromise(response)) throw new Error('not in the same tick');
    const came = response?.dataIn.reduce((sum, chunk) => sum + chunk.length, 0) ?? 0;
    expect(came + (response?.omitted ?? 0)).toBe(4 * 520);
    expect(came).toBe(2 * 520);
  });
});

describe('RDPROTECT', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])('%d is refused, there is no protection information', (value) => {
    const byte1 = be(value << 5, 1);
    const answer = refusal('5/24/00', { cdb: [1, 7] });
    expect(bench().send(`28 ${byte1} 00000000 00 0001 00`)).toEqual(answer);
    expect(bench().send(`a8 ${byte1} 00000000 00000001 00 00`)).toEqual(answer);
    expect(bench().send(`88 ${byte1} 0000000000000000 00000001 00 00`)).toEqual(answer);
  });
});

describe('FUA and DPO', () => {
  it('FUA flushes before it reads', async () => {
    const backend = new HeldBackend();
    const read = bench({ backend }).sendAsync('28 08 00000007 00 0001 00');
    expect(backend.pending).toEqual(['flush']);
    backend.finish();
    await Promise.resolve();
    expect(backend.pending).toEqual(['read 7+1']);
    backend.finish();
    expect((await read)?.status).toBe(0);
  });

  it('FUA keeps writes to the blocks away while it flushes', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend });
    const read = sendAsync('28 08 00000007 00 0001 00');
    const write = sendAsync('2a 00 00000007 00 0001 00', { out: new Uint8Array(512) });
    expect(backend.pending).toEqual(['flush']);
    backend.finish();
    await Promise.resolve();
    backend.finish('read 7+1');
    await read;
    await Promise.resolve();
    backend.finish('write 7+1');
    await write;
    expect(backend.log).toEqual(['flush', 'read 7+1', 'write 7+1']);
  });

  it('without FUA nothing is flushed', async () => {
    const backend = new HeldBackend();
    const read = bench({ backend }).sendAsync('28 10 00000007 00 0001 00'); // DPO
    expect(backend.pending).toEqual(['read 7+1']);
    backend.finish();
    await read;
  });

  it('FUA is fine where there is nothing to flush', () => {
    expect(bench().send('28 18 00000007 00 0001 00')).toEqual(good(new Uint8Array(512)));
  });
});

describe("the initiator's buffer", () => {
  const cdb = FORMS[10](5, 2);

  it('is filled from its start', async () => {
    const dataIn = new Uint8Array(2048).fill(0xee);
    const response = await bench({ backend: numbered() }).start(cdb, { dataIn });
    expect(response?.dataIn[0]?.buffer).toBe(dataIn.buffer);
    expect(dataIn.subarray(0, 1024)).toEqual(blocks(5, 2));
    expect(dataIn.subarray(1024)).toEqual(new Uint8Array(1024).fill(0xee));
  });

  it('is left alone where it is too short', async () => {
    const dataIn = new Uint8Array(1023).fill(0xee);
    const { send } = bench({ backend: numbered() });
    expect(send(cdb, { dataIn })).toEqual(good(blocks(5, 2)));
    expect(dataIn).toEqual(new Uint8Array(1023).fill(0xee));
  });
});

it('READ of blocks of 4096 bytes', () => {
  const backend = memory(16, 4096);
  backend.write(3, new Uint8Array(4096).fill(0x33));
  expect(bench({ backend }).send(FORMS[10](3, 1))).toEqual(good(new Uint8Array(4096).fill(0x33)));
});
