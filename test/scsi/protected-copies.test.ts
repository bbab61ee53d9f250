import { describe, expect, it } from 'vitest';
import {
  CSCD_SELF,
  decodeRodTokenInformation,
  encodePopulateTokenList,
  encodeWriteUsingTokenList,
  type CopyList,
} from '../../src/cdb/index.ts';
import type { ProtectionType } from '../../src/cdb/protection-information.ts';
import { scriptedBackend } from '../../src/testing/scripted-backend.ts';
import { copyBench, extendedCopy, numbered } from './copy-bench.ts';
import { be, good } from './disk-under-test.ts';
import { block, joined, read16, read32, sealed, write16 } from './protected-disk.ts';

const disk = (type: ProtectionType | undefined, id: number) => ({
  backend: scriptedBackend(numbered(64, id)),
  ...(type !== undefined && { protectionType: type }),
});

/** EXTENDED COPY of three blocks from LBA 6 of the second disk to LBA 10 of the first. */
const copied = (first?: ProtectionType, second?: ProtectionType) => {
  const at = copyBench(disk(first, 0), disk(second, 128));
  const segment = { type: 'block to block', source: 1, destination: CSCD_SELF } as const;
  const [cdb, how] = extendedCopy({
    cscds: [at.cscd(0), at.cscd(1)] as CopyList['cscds'],
    segments: [{ ...segment, sourceLba: 6, destinationLba: 10, blocks: 3 }],
  });
  return { ...at, copy: () => at.send(cdb, how) };
};

describe('copies of disks with protection information', () => {
  it.each([
    [1, undefined],
    [1, 3],
    [2, 1],
  ] as const)('seal what they write to type %i from %s, and clone nothing', (first, second) => {
    const { send, copy, other } = copied(first, second);
    if (second !== undefined)
      send(write16(second === 1 ? 1 : 3, 6), { lun: 1, out: sealed(134, 5, 6) });
    expect(copy()).toEqual(good('', expect.any(Number) as never));
    const read = first === 2 ? read32(3, 10, {}, 3) : read16(3, 10, 3);
    const ref = (lba: number): number => (first === 1 ? lba : 0xffff_ffff);
    expect(send(read).data).toEqual(
      joined(...[0, 1, 2].map((i) => sealed(134 + i, 0xffff, ref(10 + i)))),
    );
    expect(other.protection.type).toBe(second ?? 0);
  });

  it.each([undefined, 0, 3] as const)('check what they read, for a disk of type %s', (first) => {
    const { send, copy, unit } = copied(first, 1);
    send(write16(3, 7), { lun: 1, out: sealed(1, 5, 7, 0xdead) });
    const { sense, status } = copy();
    expect(status).toBe(2);
    expect([sense?.[2], sense?.[12], sense?.[13]]).toEqual([0xa, 0x0d, 0x01]); // COPY ABORTED, THIRD PARTY DEVICE FAILURE
    expect(unit.protection.type).toBe(first ?? 0);
    expect(send('28 00 0000000a 00 0003 00')).toEqual(
      good(joined(block(10), block(11), block(12))),
    );
  });

  it('by tokens check and seal too', () => {
    const { send } = copied(1, 1);
    const list = encodePopulateTokenList({ ranges: [{ lba: 6, blocks: 2 }] });
    expect(
      send(`83 10 00000000 00000007 ${be(list.length, 4)} 00 00`, { lun: 1, out: list }).status,
    ).toBe(0);
    const { data } = send(`84 07 ${be(7, 4)} 00000000 00001000 00 00`, { lun: 1 });
    const token = decodeRodTokenInformation(data)!;
    const out = encodeWriteUsingTokenList({ token, ranges: [{ lba: 10, blocks: 2 }] });
    expect(send(`83 11 00000000 00000008 ${be(out.length, 4)} 00 00`, { out }).status).toBe(0);
    expect(send(read16(1, 10, 2))).toEqual(
      good(joined(sealed(134, 0xffff, 10), sealed(135, 0xffff, 11))),
    );
  });
});
