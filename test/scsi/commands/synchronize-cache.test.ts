import { describe, expect, it } from 'vitest';
import { BackendError } from '../../../src/backend/backend.ts';
import { be, bench, fixedSense, good, hex, memory, refusal, settle } from '../disk-under-test.ts';
import { HeldBackend } from '../held-backend.ts';

const sync10 = (lba: number, count: number, immed = false): string =>
  `35 ${immed ? '02' : '00'} ${be(lba, 4)} 00 ${be(count, 2)} 00`;
const sync16 = (lba: number | bigint, count: number, immed = false): string =>
  `91 ${immed ? '02' : '00'} ${be(lba, 8)} ${be(count, 4)} 00 00`;

const TEST_UNIT_READY = '00 00 00 00 00 00';

describe.each([
  ['10', sync10],
  ['16', sync16],
])('SYNCHRONIZE CACHE(%s)', (_, cdb) => {
  it.each([
    ['everything', 0, 0],
    ['a range', 7, 3],
    ['the last block', 2047, 1],
    ['from the capacity to the end', 2048, 0],
  ])('flushes %s, and answers when that is done', async (_name, lba, count) => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend });
    let answer: unknown;
    void sendAsync(cdb(lba, count)).then((value) => (answer = value));
    await settle();
    expect([backend.pending, answer]).toEqual([['flush'], undefined]);
    backend.finish();
    await settle();
    expect(answer).toEqual(good());
  });

  it.each([
    [2049, 0, 2049],
    [2047, 2, 2048],
    [2048, 1, 2048],
  ])('refuses %d, %d blocks and flushes nothing', (lba, count, information) => {
    const backend = new HeldBackend();
    const answer = bench({ backend }).send(cdb(lba, count));
    expect(answer).toEqual(refusal('5/21/00', { information }));
    expect(backend.log).toEqual([]);
  });

  it('is fine where there is nothing to flush', () => {
    expect(bench().send(cdb(0, 0))).toEqual(good());
  });

  it('is fine on a write-protected unit', () => {
    expect(bench({ readOnly: true }).send(cdb(0, 0))).toEqual(good());
  });

  it('is refused without a medium', () => {
    const { send, unit } = bench({ removable: true });
    unit.eject();
    expect(send(cdb(0, 0))).toEqual(refusal('2/3a/00'));
  });

  it('ignores the obsolete bits', () => {
    const backend = memory();
    const [opcode = '', ...rest] = cdb(0, 0).split(' ');
    expect(bench({ backend }).send([opcode, '05', ...rest.slice(1)].join(' '))).toEqual(good());
  });

  it('with IMMED answers before the flush has ended', async () => {
    const backend = new HeldBackend();
    const { send } = bench({ backend });
    expect(send(cdb(0, 0, true))).toEqual(good());
    expect(backend.pending).toEqual(['flush']);
    backend.finish();
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('with IMMED is refused past the end all the same', () => {
    expect(bench().send(cdb(2049, 0, true))).toEqual(refusal('5/21/00', { information: 2049 }));
  });
});

it('SYNCHRONIZE CACHE(16) refuses LBA 2^64 - 1', () => {
  expect(bench().send(sync16(2n ** 64n - 1n, 0))).toEqual(refusal('5/21/00'));
});

async function failed(error: unknown, options: Parameters<typeof bench>[0] = {}) {
  const backend = new HeldBackend();
  const disk = bench({ ...options, backend });
  const other = disk.initiator('other');
  disk.send(sync10(0, 0, true));
  backend.fail(error);
  await settle();
  return { ...disk, other };
}

describe('a flush that fails behind IMMED', () => {
  const scratch = new BackendError('medium', 'scratch', { lba: 9 });

  it('is a deferred error, once, at the next command of the nexus', async () => {
    const { send } = await failed(scratch);
    const deferred = refusal('3/0c/00', { information: 9, deferred: true });
    expect(deferred.sense?.[0]).toBe(0xf1); // VALID, response code 71h
    expect(send(TEST_UNIT_READY)).toEqual(deferred);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('keeps that command from being done', async () => {
    const { send, unit } = await failed(scratch, { removable: true });
    expect(send('1b 00 00 00 02 00').status).toBe(0x02);
    expect(unit.readiness.loaded).toBe(true);
  });

  it('is no business of another nexus', async () => {
    const { send, other } = await failed(scratch);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('is left for later by INQUIRY', async () => {
    const { send } = await failed(scratch);
    expect(send('12 00 00 0005 00').status).toBe(0x00);
    expect(send(TEST_UNIT_READY).status).toBe(0x02);
  });

  it('can be fetched by REQUEST SENSE', async () => {
    const { send } = await failed(scratch);
    const sense = fixedSense('3/0c/00', { information: 9, deferred: true });
    expect(send('03 00 0000 ff 00')).toEqual(good(sense));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('has response code 73h in descriptor format', async () => {
    const { send } = await failed(new Error('a bug'), { descriptorSense: true });
    expect(send(TEST_UNIT_READY).sense).toEqual(hex('73 04 44 00 000000 00'));
  });

  it('is told to whoever watches for errors', async () => {
    const { errors } = await failed(scratch);
    expect(errors).toEqual([scratch]);
  });
});
