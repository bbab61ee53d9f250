import { describe, expect, it } from 'vitest';
import { BackendError } from '../../../src/backend/backend.ts';
import type { UnitState } from '../../../src/backend/unit-store.ts';
import { decodeDefects } from '../../../src/cdb/read-defect-data.ts';
import { decodeReassignList, encodeReassignList } from '../../../src/cdb/reassign-blocks.ts';
import { be, bench, contents, good, hex, memory, refusal } from '../disk-under-test.ts';

const BLOCK = 512;
const block = (fill: number): Uint8Array => new Uint8Array(BLOCK).fill(fill);

/** A parameter list of REASSIGN BLOCKS, written down from SBC. */
const list = (lbas: readonly (number | bigint)[], size = 4): Uint8Array =>
  hex(`0000 ${be(size * lbas.length, 2)} ${lbas.map((lba) => be(lba, size)).join('')}`);

const SHORT = '07 00 000000 00';
const LONGLBA = '07 02 000000 00';
const LONGLIST = '07 01 000000 00';
const MARK_5 = '9f 51 0000000000000005 0000 0000 00 00';
const GROWN = '37 00 08 00 00 00 00 0100 00';

describe('REASSIGN BLOCKS', () => {
  it('takes addresses of 4 or 8 bytes, behind a length of 16 or 32 bits', () => {
    const long = hex(`00000010 ${be(1, 8)} ${be(6, 8)}`);
    for (const [cdb, out] of [
      [SHORT, list([1, 6])],
      [LONGLBA, list([1, 6], 8)],
      [LONGLIST, hex(`00000008 ${be(1, 4)} ${be(6, 4)}`)],
      ['07 03 000000 00', long],
    ] as const) {
      const { send, unit } = bench({ backend: memory(8) });
      expect(send(cdb, { out, dataOutLength: out.length })).toEqual(good('', out.length));
      expect(unit.defects.grown).toEqual([1, 6]);
    }
  });

  it('keeps the data of a block that can be read', () => {
    const backend = memory(8);
    backend.write(5, block(7));
    const { send } = bench({ backend });
    send(SHORT, { out: list([5]) });
    expect(contents(backend).subarray(5 * BLOCK, 6 * BLOCK)).toEqual(block(7));
  });

  it('makes a marked block good, and zero', () => {
    const backend = memory(8);
    backend.write(5, block(7));
    const { send, unit } = bench({ backend });
    send(MARK_5);
    expect(send(SHORT, { out: list([5]) }).status).toBe(0);
    expect(unit.defects.marked).toEqual([]);
    expect(send('28 00 00000005 00 0001 00')).toEqual(good(block(0)));
  });

  it('makes a block zero that the backend cannot read any more', () => {
    const backend = memory(8);
    backend.write(5, block(7));
    backend.read = () => {
      throw new BackendError('medium', 'a scratch', { lba: 5 });
    };
    const { send } = bench({ backend });
    expect(send(SHORT, { out: list([5]) }).status).toBe(0);
    expect(backend.view(5, 1).chunks[0]).toEqual(block(0));
  });

  it('fails where the backend is broken', () => {
    const backend = memory(8);
    backend.read = () => {
      throw new Error('no disk');
    };
    const { send, unit } = bench({ backend });
    expect(send(SHORT, { out: list([5]) }).sense?.subarray(12, 14)).toEqual(hex('44 00'));
    expect(unit.defects.grown).toEqual([]);
  });

  it('is saved once, at the end, and as far as it came where the backend fails', async () => {
    const saves: UnitState[] = [];
    const store = { load: () => ({}), save: (state: UnitState) => void saves.push(state) };
    const backend = memory(8);
    const { sendAsync } = bench({ backend, store });
    expect((await sendAsync(SHORT, { out: list([1, 3, 6]) }))?.status).toBe(0);
    expect(saves).toMatchObject([{ defects: { marked: [], grown: [1, 3, 6] } }]);
    const write = backend.write.bind(backend);
    backend.write = (lba, ...rest) => {
      if (lba === 5) throw new Error('no disk');
      return write(lba, ...rest);
    };
    expect((await sendAsync(SHORT, { out: list([2, 5, 7]) }))?.status).toBe(2);
    expect(saves[1]).toMatchObject({ defects: { grown: [1, 2, 3, 6] } });
  });

  it('of no address is fine', () => {
    expect(bench().send(SHORT, { out: list([]) }).status).toBe(0);
  });

  it('refuses a list that is cut off, or ends within an address', () => {
    const { send, unit } = bench();
    const whole = list([1, 6]);
    for (let length = 0; length < whole.length; length++) {
      const out = whole.subarray(0, length);
      expect(send(SHORT, { out, dataOutLength: length }).sense?.subarray(12, 14)).toEqual(
        hex('1a 00'),
      );
    }
    const odd = hex('0000 0006 00000001 0000');
    expect(send(SHORT, { out: odd, dataOutLength: 10 })).toEqual(refusal('5/1A/00', {}, 10));
    expect(unit.defects.grown).toEqual([]);
  });

  it('refuses an address past the end before any block is reassigned', () => {
    const { send, unit } = bench({ backend: memory(8) });
    const answer = send(SHORT, { out: list([3, 8]), dataOutLength: 12 });
    const { sense } = refusal('5/21/00', { information: 8 });
    sense![11] = 3; // COMMAND-SPECIFIC INFORMATION: the first block not reassigned
    expect(answer).toEqual({ ...good('', 12), status: 2, sense });
    expect(unit.defects.grown).toEqual([]);
  });

  it('says FFFFFFFFh of a first block that does not fit', () => {
    const answer = bench().send(LONGLBA, { out: list([2n ** 40n], 8), dataOutLength: 12 });
    expect(answer.sense?.subarray(8, 14)).toEqual(hex('ffffffff 2100'));
  });

  it.each([
    [[6, 1], 8],
    [[1, 1], 8],
  ])('refuses addresses that do not ascend: %j', (lbas, at) => {
    const { sense } = bench().send(SHORT, { out: list(lbas), dataOutLength: 12 });
    expect(sense?.subarray(12, 18)).toEqual(hex(`26 00 00 80 00 ${be(at, 1)}`));
  });

  it('is refused on a write-protected medium', () => {
    expect(bench({ readOnly: true }).send(SHORT)).toEqual(refusal('7/27/00'));
  });
});

describe('the list of REASSIGN BLOCKS', () => {
  it('is what the standard has', () => {
    const short = { longLba: false, longList: false };
    const long = { longLba: true, longList: true };
    expect(encodeReassignList([1, 2], short)).toEqual(hex('0000 0008 00000001 00000002'));
    expect(encodeReassignList([2 ** 32], long)).toEqual(hex('00000008 0000000100000000'));
    expect(decodeReassignList(encodeReassignList([7], long), long)).toEqual([7]);
  });

  it.each([
    [[2 ** 32], false],
    [[-1], true],
    [Array.from({ length: 16_384 }, (_, i) => i), false],
  ])('refuses what has no code', (lbas, longLba) => {
    expect(() => encodeReassignList(lbas, { longLba, longList: false })).toThrow(RangeError);
  });
});

describe('READ DEFECT DATA after REASSIGN BLOCKS', () => {
  const reassigned = () => {
    const device = bench({ backend: memory(8) });
    device.send(SHORT, { out: list([1, 6]) });
    return device;
  };

  it('has the blocks in the grown list', () => {
    expect(reassigned().send(GROWN)).toEqual(good('00 08 0008 00000001 00000006'));
    expect(reassigned().send('b7 0b 00000000 00000100 00 00')).toEqual(
      good(`00 0b 0000 00000010 ${be(1, 8)} ${be(6, 8)}`),
    );
  });

  it('has none of them in the primary list', () => {
    expect(reassigned().send('37 00 10 00 00 00 00 0100 00')).toEqual(good('00 10 0000'));
  });

  it('begins at the index, and is empty behind the end', () => {
    const { send } = reassigned();
    expect(send('b7 08 00000001 00000100 00 00')).toEqual(good('00 08 0000 00000004 00000006'));
    expect(send('b7 08 00000002 00000100 00 00')).toEqual(good('00 08 0000 00000000'));
  });

  it('is decoded again', () => {
    const { data } = reassigned().send(GROWN);
    expect(decodeDefects(data.subarray(4), 0)).toEqual([1, 6]);
    expect(decodeDefects(hex('0000000100000000 00'), 3)).toEqual([2 ** 32]);
  });
});
