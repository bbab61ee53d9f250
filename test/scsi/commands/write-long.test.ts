import { describe, expect, it } from 'vitest';
import type { UnitState } from '../../../src/backend/unit-store.ts';
import { be, bench, contents, good, hex, memory, refusal, unexpected } from '../disk-under-test.ts';

const BLOCK = 512;
const block = (fill: number, blocks = 1): Uint8Array => new Uint8Array(blocks * BLOCK).fill(fill);

const FORMS = [
  [
    '(10)',
    (flags: string, lba: number, length = 0) => `3f ${flags} ${be(lba, 4)} 00 ${be(length, 2)} 00`,
    (flags: string, lba: number, length: number) =>
      `3e ${flags} ${be(lba, 4)} 00 ${be(length, 2)} 00`,
    { correct: '02', physical: '04', physicalAt: [1, 2] as const },
  ],
  [
    '(16)',
    (flags: string, lba: number, length = 0) =>
      `9f ${be(0x11 | Number.parseInt(flags, 16), 1)} ${be(lba, 8)} 0000 ${be(length, 2)} 00 00`,
    (flags: string, lba: number, length: number) =>
      `9e 11 ${be(lba, 8)} 0000 ${be(length, 2)} ${flags} 00`,
    { correct: '01', physical: '02', physicalAt: [14, 1] as const },
  ],
] as const;

const WR_UNCOR = '40';
const COR_DIS = '80';
const PBLOCK = '20';

const read = (lba: number, blocks = 1): string => `88 00 ${be(lba, 8)} ${be(blocks, 4)} 00 00`;
const write = (lba: number, blocks = 1): string => `8a 00 ${be(lba, 8)} ${be(blocks, 4)} 00 00`;
const markedBad = (lba: number, dataOutLength = 0) =>
  refusal('3/11/14', { information: lba }, dataOutLength);

describe.each(FORMS)('WRITE LONG%s', (_, long) => {
  it('marks a block with WR_UNCOR, and asks for no data', () => {
    const { send } = bench();
    for (const flags of [WR_UNCOR, 'c0']) {
      expect(send(long(flags, 7, 520), { out: unexpected })).toEqual(good());
      expect(send(read(7))).toEqual(markedBad(7));
    }
    expect(send(read(6)).status).toBe(0);
    expect(send(read(8)).status).toBe(0);
  });

  it('writes a block', () => {
    const backend = memory(8);
    const { send } = bench({ backend });
    send(long(WR_UNCOR, 3));
    expect(send(long('00', 3, BLOCK), { out: block(9) })).toEqual(good('', BLOCK));
    expect(send(read(3)).data).toEqual(block(9));
  });

  it('writes and marks a block with COR_DIS', () => {
    const backend = memory(8);
    const { send } = bench({ backend });
    expect(send(long(COR_DIS, 3, BLOCK), { out: block(9) })).toEqual(good('', BLOCK));
    expect(send(read(3))).toEqual(markedBad(3));
    expect(contents(backend).subarray(3 * BLOCK, 4 * BLOCK)).toEqual(block(9));
  });

  it('means the physical block with PBLOCK, as much of it as there is', () => {
    const { send, unit } = bench({
      backend: memory(20),
      physicalBlockLength: 4096,
      lowestAlignedLba: 2,
    });
    send(long('60', 5));
    expect(unit.defects.marked).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    send(long('60', 19));
    expect(unit.defects.marked.slice(8)).toEqual([18, 19]);
    send(long('60', 1));
    expect(unit.defects.marked.slice(0, 3)).toEqual([0, 1, 2]);
    expect(send(long(PBLOCK, 5, 4096), { out: block(9, 8) })).toEqual(good('', 4096));
    expect(unit.defects.marked).toEqual([0, 1, 18, 19]);
  });

  it('refuses PBLOCK where a physical block is no larger', () => {
    expect(bench().send(long('60', 0))).toEqual(refusal('5/24/00', { cdb: [1, 5] }));
  });

  it('of no bytes does nothing', () => {
    expect(bench().send(long('00', 0, 0), { out: unexpected })).toEqual(good());
  });

  it('tells by how much a length is wrong, with ILI', () => {
    const { send } = bench();
    for (const [length, difference] of [
      [520, 8],
      [511, 0xffff_ffff],
    ] as const) {
      const answer = send(long('00', 0, length), { out: unexpected });
      const { sense } = refusal('5/24/00', { information: difference });
      sense![2]! |= 0x20; // ILI
      expect(answer).toEqual({ ...good(), status: 2, sense });
    }
  });

  it('refuses data that is cut off, and leaves the block', () => {
    const backend = memory(8);
    const { send } = bench({ backend });
    expect(send(long('00', 0, BLOCK), { out: block(9).subarray(1) })).toEqual(
      refusal('5/0E/03', {}, BLOCK),
    );
    expect(contents(backend)).toEqual(block(0, 8));
  });

  it('refuses an LBA that is not on the medium', () => {
    const { send } = bench({ backend: memory(8) });
    expect(send(long(WR_UNCOR, 8))).toEqual(refusal('5/21/00', { information: 8 }));
  });

  it('is refused on a write-protected medium', () => {
    expect(bench({ readOnly: true }).send(long(WR_UNCOR, 0))).toEqual(refusal('7/27/00'));
  });
});

describe('a block that is marked as bad', () => {
  const marked = (options: Parameters<typeof bench>[0] = {}) => {
    const device = bench({ backend: memory(16), ...options });
    device.send(FORMS[1][1](WR_UNCOR, 5));
    return device;
  };

  it.each([
    ['READ', read(3, 4), 0],
    ['VERIFY', `8f 00 ${be(3, 8)} ${be(4, 4)} 00 00`, 0],
    ['VERIFY with BYTCHK', `8f 02 ${be(5, 8)} ${be(1, 4)} 00 00`, BLOCK],
    ['ORWRITE', `8b 00 ${be(5, 8)} ${be(1, 4)} 00 00`, BLOCK],
    ['COMPARE AND WRITE', `89 00 ${be(5, 8)} 000000 01 00 00`, 2 * BLOCK],
  ])('is not read by %s', (_, cdb, length) => {
    const { send, unit } = marked();
    expect(send(cdb, { out: block(0, length / BLOCK) })).toEqual(markedBad(5, length));
    expect(unit.defects.marked).toEqual([5]);
  });

  it('counts as no error, and is no news to the owner of the backend', () => {
    const { send, unit, errors } = marked();
    send(read(5));
    send(`8f 00 ${be(5, 8)} ${be(1, 4)} 00 00`);
    const { readErrors, verifyErrors, writeErrors } = unit.statistics.total;
    expect([readErrors, verifyErrors, writeErrors, errors]).toEqual([0, 0, 0, []]);
  });

  it.each([
    ['WRITE', write(4, 2), 2],
    ['WRITE AND VERIFY', `8e 00 ${be(5, 8)} ${be(1, 4)} 00 00`, 1],
    ['WRITE SAME', `93 00 ${be(0, 8)} ${be(8, 4)} 00 00`, 1],
    ['WRITE SAME with UNMAP', `93 09 ${be(0, 8)} ${be(8, 4)} 00 00`, 0],
  ])('is good again after %s', (_, cdb, blocks) => {
    const { send } = marked();
    expect(send(cdb, { out: block(1, blocks) }).status).toBe(0);
    expect(send(read(5)).status).toBe(0);
  });

  it('stays bad where a write failed', () => {
    const backend = memory(16);
    const { send } = marked({ backend });
    backend.write = () => {
      throw new Error('broken');
    };
    expect(send(write(5), { out: block(1) }).status).toBe(2);
    expect(send(read(5))).toEqual(markedBad(5));
  });

  it('is read by READ LONG, but for CORRCT', () => {
    for (const [, , long, { correct }] of FORMS) {
      const { send } = marked();
      expect(send(long('00', 5, BLOCK))).toEqual(good(block(0)));
      expect(send(long(correct, 5, BLOCK))).toEqual(markedBad(5));
      expect(send(long(correct, 4, BLOCK))).toEqual(good(block(0)));
    }
  });

  it('is known after a restart', async () => {
    let kept: UnitState | undefined;
    const store = { load: () => kept, save: (state: UnitState) => void (kept = state) };
    const first = bench({ backend: memory(16), store });
    await first.sendAsync(FORMS[1][1](WR_UNCOR, 5));
    kept = JSON.parse(JSON.stringify(kept)) as UnitState;
    const second = bench({ backend: memory(16), store });
    expect(await second.sendAsync(read(5))).toEqual(markedBad(5));
  });

  it('is not marked where the store fails', async () => {
    const store = {
      load: () => ({}),
      save: () => {
        throw new Error('full');
      },
    };
    const { sendAsync, unit } = bench({ backend: memory(16), store, serial: 'S' });
    expect((await sendAsync(FORMS[1][1](WR_UNCOR, 5)))?.status).toBe(2);
    expect(unit.defects.marked).toEqual([]);
  });

  it.each([{ marked: [1] }, { marked: [2, 1], grown: [] }, { marked: [], grown: [-1] }])(
    'keeps the unit from starting where the store has %j',
    async (defects) => {
      const store = { load: () => ({ defects }), save: () => undefined };
      const { sendAsync, unit } = bench({ store });
      await sendAsync('00 00 00 00 00 00');
      expect(unit.readiness.failed).toBe(true);
    },
  );
});

describe.each(FORMS)('READ LONG%s', (_, _write, long, { physical, physicalAt }) => {
  it('reads a block, or a physical one', () => {
    const backend = memory(16);
    backend.write(9, block(3));
    const { send } = bench({ backend, physicalBlockLength: 4096 });
    expect(send(long('00', 9, BLOCK))).toEqual(good(block(3)));
    const { data } = send(long(physical, 15, 4096));
    expect([data.length, data[BLOCK]]).toEqual([4096, 3]);
  });

  it('of no bytes does nothing', () => {
    expect(bench().send(long('00', 0, 0))).toEqual(good());
  });

  it('tells by how much a length is wrong, in descriptors too', () => {
    const { sense } = bench({ descriptorSense: true }).send(long('00', 0, 500));
    expect(sense).toEqual(
      hex(
        '72 05 2400 000000 10' + // INVALID FIELD IN CDB
          '00 0a 80 00 fffffffffffffff4' + // INFORMATION: 12 bytes too few
          '05 02 00 20', // block commands: ILI
      ),
    );
  });

  it('refuses PBLOCK where a physical block is no larger', () => {
    expect(bench().send(long(physical, 0, BLOCK))).toEqual(
      refusal('5/24/00', { cdb: [...physicalAt] as [number, number] }),
    );
  });
});
