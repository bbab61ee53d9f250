import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GOOD_STATUS, PipeClient, MiniportInitiator } from '../../../driver/index.ts';
import { later, serveDisk } from '../pipe/served.ts';
import { miniportOver, SENSE } from './fake-unit.ts';

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes!).toString('hex');
const u16 = (value: number) => [value >> 8, value & 0xff];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];
const u64 = (value: number) => [...u32(Math.floor(value / 2 ** 32)), ...u32(value % 2 ** 32)];

const read16 = (lba: number, blocks: number, flags = 0) => [
  0x88,
  flags,
  ...u64(lba),
  ...u32(blocks),
  0,
  0,
];
const write16 = (lba: number, blocks: number, flags = 0) => [
  0x8a,
  flags,
  ...u64(lba),
  ...u32(blocks),
  0,
  0,
];
const sync16 = (lba: number, blocks: number) => [0x91, 0, ...u64(lba), ...u32(blocks), 0, 0];
const unmapCdb = (anchor = 0) => [0x42, anchor, 0, 0, 0, 0, 0, 0, 0, 0];
const unmapList = (ranges: readonly (readonly [number, number])[], length = 16 * ranges.length) =>
  Uint8Array.from([
    0xde, // UNMAP DATA LENGTH is not looked at
    0xad,
    ...u16(length),
    ...u32(0),
    ...ranges.flatMap(([lba, blocks]) => [...u64(lba), ...u32(blocks), 0, 0, 0, 0]),
  ]);

describe('READ', () => {
  it.each([
    ['6', [0x08, 0x1f, 0xff, 0xff, 3, 0], 0x1f_ffff, 3, false],
    ['6 of 256', [0x08, 0, 0, 7, 0, 0], 7, 256, false],
    ['10', [0x28, 0x08, 0, 0, 0, 7, 0, 0, 5, 0], 7, 5, true],
    ['12', [0xa8, 0x08, 0, 0, 0, 7, 0, 0, 0, 5, 0, 0], 7, 5, true],
    ['16', read16(2 ** 33, 5, 0x08), 2 ** 33, 5, true],
    ['16 without FUA', read16(7, 5), 7, 5, false],
  ])('(%s) is forwarded', async (_, cdb, blockAddress, blockCount, forceUnitAccess) => {
    const { send, requests } = miniportOver({
      blockCount: 2 ** 40,
      cacheSupported: true,
      maxTransferLength: 2 ** 20,
    });
    const { status, dataIn, residual } = await send(cdb, 512 * 256);
    expect([status, dataIn.length]).toEqual([0, 512 * blockCount]);
    expect(residual).toBe(512 * (256 - blockCount));
    expect(requests).toEqual([
      { request: { kind: 'Read', blockAddress, blockCount, forceUnitAccess }, data: '' },
    ]);
  });

  it('is cut where it is longer than the unit takes, and always FUA without a cache', async () => {
    const { send, requests } = miniportOver({ maxTransferLength: 3 * 512 });
    const { dataIn } = await send(read16(7, 8), 8 * 512);
    expect(Array.from({ length: 8 }, (_, i) => dataIn[512 * i])).toEqual([
      7, 8, 9, 10, 11, 12, 13, 14,
    ]);
    expect(requests.map(({ request }) => request)).toEqual(
      [
        [7, 3],
        [10, 3],
        [13, 2],
      ].map(([blockAddress, blockCount]) => ({
        kind: 'Read',
        blockAddress,
        blockCount,
        forceUnitAccess: true,
      })),
    );
  });

  it.each([
    [1023, 2],
    [1024, 1],
    [2 ** 53 - 1, 1],
    [0, 1025],
  ])('of %i+%i is out of range', async (lba, blocks) => {
    const { status, sense } = await miniportOver().send(read16(lba, blocks), 512 * blocks);
    expect([status, hex(sense)]).toEqual([2, SENSE.outOfRange]);
  });

  it('past 2^64 is out of range', async () => {
    const cdb = [0x88, 0, ...Array.from({ length: 8 }, () => 0xff), ...u32(1), 0, 0];
    expect(hex((await miniportOver().send(cdb, 512)).sense)).toBe(SENSE.outOfRange);
  });

  it('of no blocks is good wherever it is, and nobody is asked', async () => {
    const { send, requests } = miniportOver();
    expect(await send(read16(5000, 0))).toMatchObject({ status: 0 });
    expect(requests).toEqual([]);
  });

  it('of more than the buffer has is an error without sense data', async () => {
    const sent = miniportOver().send(read16(0, 2), 1023);
    await expect(sent).rejects.toMatchObject({ code: 'SRB_INTERNAL_ERROR' });
  });

  it.each([
    [0x80_0000, 0],
    [0x80_0001, 1],
  ])('of %i blocks moves %i: the length has 32 bits', async (blocks, moved) => {
    const { send, requests } = miniportOver({ blockCount: 2 ** 40 });
    const { status, dataIn } = await send(read16(0, blocks), 512 * moved);
    expect([status, dataIn.length]).toEqual([0, 512 * moved]);
    expect(requests).toMatchObject([{ request: { blockCount: moved } }]);
  });
});

describe('WRITE', () => {
  it.each([
    ['6', [0x0a, 0, 0, 7, 2, 0]],
    ['10', [0x2a, 0, 0, 0, 0, 7, 0, 0, 2, 0]],
    ['12', [0xaa, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0]],
    ['16', write16(7, 2)],
  ])('(%s) is forwarded with its data', async (_, cdb) => {
    const { sendOut, requests } = miniportOver();
    const data = new Uint8Array(1024).fill(0xa5);
    expect(await sendOut(cdb, data)).toMatchObject({ status: 0, residual: 0 });
    const request = { kind: 'Write', blockAddress: 7, blockCount: 2, forceUnitAccess: true };
    expect(requests).toEqual([{ request, data: hex(data) }]);
  });

  it('is cut where it is longer than the unit takes', async () => {
    const { sendOut, requests } = miniportOver({ maxTransferLength: 1024 });
    const data = Uint8Array.from({ length: 5 * 512 }, (_, i) => i >> 9);
    await sendOut(write16(7, 5), data);
    expect(requests.map(({ data: sent }) => [sent.length / 1024, sent.slice(-2)])).toEqual([
      [2, '01'],
      [2, '03'],
      [1, '04'],
    ]);
  });

  it('ends at the first piece that fails; what was written stays', async () => {
    const failed = {
      scsiStatus: 2,
      senseKey: 3,
      asc: 0x0c,
      ascq: 0,
      information: 9,
      informationValid: true,
    };
    const { sendOut, requests } = miniportOver({ maxTransferLength: 512 }, [GOOD_STATUS, failed]);
    const { status, sense } = await sendOut(write16(8, 4), new Uint8Array(4 * 512));
    expect([status, hex(sense)]).toEqual([2, 'f00003000000090a000000000c0000000000']);
    expect(requests.length).toBe(2);
  });

  it('is refused on a write-protected unit before all else', async () => {
    const { sendOut } = miniportOver({ writeProtected: true });
    const { sense } = await sendOut(write16(5000, 0), new Uint8Array(0));
    expect(hex(sense)).toBe(SENSE.writeProtected);
  });
});

describe('SYNCHRONIZE CACHE', () => {
  it('is forwarded with its range, in one piece', async () => {
    const { send, requests } = miniportOver({ cacheSupported: true, maxTransferLength: 512 });
    expect(await send(sync16(7, 5))).toMatchObject({ status: 0, residual: 0 });
    expect(await send([0x35, 0, 0, 0, 0, 9, 0, 0, 4, 0])).toMatchObject({ status: 0 });
    expect(requests.map(({ request }) => request)).toEqual([
      { kind: 'Flush', blockAddress: 7, blockCount: 5 },
      { kind: 'Flush', blockAddress: 9, blockCount: 4 },
    ]);
  });

  it('of 0 blocks, which is what Windows sends, reaches nobody', async () => {
    const { send, requests } = miniportOver({ cacheSupported: true });
    expect(await send(sync16(0, 0))).toMatchObject({ status: 0 });
    expect(requests).toEqual([]);
  });

  it('is no command of a unit without a cache, and refused where writes are', async () => {
    const sent = miniportOver({ writeProtected: true }).send(sync16(0, 1));
    await expect(sent).rejects.toMatchObject({ code: 'SRB_INVALID_REQUEST' });
    const { send } = miniportOver({ cacheSupported: true, writeProtected: true });
    expect(hex((await send(sync16(0, 1))).sense)).toBe(SENSE.writeProtected);
    const small = miniportOver({ cacheSupported: true });
    expect(hex((await small.send(sync16(1020, 5))).sense)).toBe(SENSE.outOfRange);
  });
});

describe('UNMAP', () => {
  const thin = { unmapSupported: true };

  it('is forwarded, overlapping descriptors and all', async () => {
    const { sendOut, requests } = miniportOver(thin);
    const ranges = [
      [7, 1],
      [6, 2],
      [5, 3],
    ] as const;
    expect(await sendOut(unmapCdb(), unmapList(ranges))).toMatchObject({ status: 0, residual: 0 });
    expect(requests).toEqual([
      {
        request: { kind: 'Unmap', count: 3 },
        data:
          '0700000000000000' +
          '0100000000000000' + // block 7, 1 block
          '0600000000000000' +
          '0200000000000000' +
          '0500000000000000' +
          '0300000000000000',
      },
    ]);
  });

  it('drops what is no whole descriptor', async () => {
    const { sendOut, requests } = miniportOver(thin);
    const list = Uint8Array.from([...unmapList([[7, 1]], 24), ...new Uint8Array(8)]);
    await sendOut(unmapCdb(), list);
    await sendOut(unmapCdb(), Uint8Array.from([...unmapList([], 15), ...new Uint8Array(15)]));
    expect(requests.map(({ request }) => request)).toEqual([
      { kind: 'Unmap', count: 1 },
      { kind: 'Unmap', count: 0 },
    ]);
  });

  it('of nothing is good, and nobody is asked', async () => {
    const { sendOut, requests } = miniportOver(thin);
    expect(await sendOut(unmapCdb(), unmapList([]))).toMatchObject({ status: 0 });
    expect(requests).toEqual([]);
  });

  it('does nothing where one range is past the end', async () => {
    const { sendOut, requests } = miniportOver(thin);
    const ranges = [
      [0, 1],
      [1023, 2],
    ] as const;
    expect(hex((await sendOut(unmapCdb(), unmapList(ranges))).sense)).toBe(SENSE.outOfRange);
    expect(requests).toEqual([]);
  });

  it('is refused: no such command, write-protected, list too short, too long, ANCHOR', async () => {
    const one = unmapList([[0, 1]]);
    await expect(miniportOver().sendOut(unmapCdb(), one)).rejects.toMatchObject({
      code: 'SRB_INVALID_REQUEST',
    });
    const protectedUnit = miniportOver({ ...thin, writeProtected: true });
    expect(hex((await protectedUnit.sendOut(unmapCdb(), one)).sense)).toBe(SENSE.writeProtected);
    for (const length of [0, 7, 23])
      await expect(
        miniportOver(thin).sendOut(unmapCdb(), one.subarray(0, length)),
      ).rejects.toMatchObject({ code: 'SRB_INTERNAL_ERROR' });
    const small = miniportOver({ ...thin, maxTransferLength: 512 });
    const many = unmapList(Array.from({ length: 33 }, () => [0, 1] as const));
    expect(hex((await small.sendOut(unmapCdb(), many)).sense)).toBe(SENSE.invalidFieldInList);
    expect(hex((await miniportOver(thin).sendOut(unmapCdb(1), one)).sense)).toBe(
      SENSE.invalidFieldInCdb,
    );
  });
});

describe('what user mode says', () => {
  it.each([
    ['CHECK CONDITION', 2, 0, false, '700003000000000a00000000150200000000'],
    ['INFORMATION', 2, 11, true, 'f000030000000b0a00000000150200000000'],
    ['the low half of INFORMATION', 2, 2 ** 32 + 5, true, 'f00003000000050a00000000150200000000'],
    ['BUSY, which becomes CHECK CONDITION', 8, 0, false, '700003000000000a00000000150200000000'],
  ])('arrives: %s', async (_, scsiStatus, information, informationValid, sense) => {
    const status = { scsiStatus, senseKey: 3, asc: 0x15, ascq: 2, information, informationValid };
    const outcome = await miniportOver({}, [status]).send(read16(0, 1), 512);
    expect([outcome.status, hex(outcome.sense), outcome.dataIn.length]).toEqual([2, sense, 0]);
  });
});

it('a miniport over a pipe is a disk', async () => {
  const { path } = await serveDisk({ cache: 'write-back' });
  const miniport = new MiniportInitiator(await PipeClient.connect(path));
  later(() => miniport.close());
  const disk = miniport.disk();
  expect(await disk.readCapacity()).toMatchObject({ lastLba: 1023, blockLength: 512 });
  expect((await disk.inquiry()).vendor.trim()).toBe('WinSpd');
  const data = Uint8Array.from({ length: 300 * 512 }, (_, i) => i >> 9);
  await disk.write({ lba: 100, data }); // three requests
  expect(Buffer.compare(await disk.read({ lba: 100, blocks: 300 }), data)).toBe(0);
  await disk.synchronizeCache({ lba: 100, blocks: 300 });
  await disk.unmap({ lba: 100, blocks: 299 });
  expect(await disk.read({ lba: 100, blocks: 299 })).toEqual(new Uint8Array(299 * 512));
  expect((await disk.read({ lba: 399, blocks: 1 }))[0]).toBe(299 & 0xff);
  await expect(disk.read({ lba: 1024, blocks: 1 })).rejects.toMatchObject({ sense: { asc: 0x21 } });
});

it('commands through the miniport, of any length, do to the disk what they say', async () => {
  const { path } = await serveDisk({}, { maxTransferLength: 4 * 512 });
  const miniport = new MiniportInitiator(await PipeClient.connect(path));
  later(() => miniport.close());
  const disk = miniport.disk();
  const model = new Uint8Array(1024 * 512);
  const command = fc.record({
    op: fc.constantFrom('read', 'write', 'unmap'),
    lba: fc.nat(1023),
    blocks: fc.integer({ min: 1, max: 40 }),
    value: fc.integer({ min: 1, max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 20 }), async (commands) => {
      for (const { op, lba, blocks, value } of commands) {
        const range = model.subarray(512 * lba, 512 * (lba + blocks));
        const data = new Uint8Array(512 * blocks).fill(value);
        const sent =
          op === 'read'
            ? disk.read({ lba, blocks })
            : op === 'write'
              ? disk.write({ lba, data })
              : disk.unmap({ lba, blocks });
        if (lba + blocks > 1024) {
          await expect(sent).rejects.toMatchObject({ sense: { asc: 0x21 } });
          continue;
        }
        const got = await sent;
        if (got !== undefined) expect(Buffer.compare(got, range)).toBe(0);
        else range.fill(op === 'write' ? value : 0);
      }
    }),
    { numRuns: 50 },
  );
  expect(Buffer.compare(await disk.read({ lba: 0, blocks: 1024 }), model)).toBe(0);
});
