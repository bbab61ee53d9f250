import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { bench, good, refusal } from '../disk-under-test.ts';

/** GET LBA STATUS(16) from an LBA on, with an allocation length. */
const status = (lba: string, length: string, type = '00'): string =>
  `9e 12 ${lba} ${length} ${type} 00`;

const FROM_0 = '0000000000000000';

/** 512 blocks in pages of 128: the second page is written, the rest is not. */
function sparse() {
  const backend = memoryBackend({ blocks: 512 });
  backend.write(130, new Uint8Array(512).fill(1));
  return backend;
}

describe('GET LBA STATUS(16)', () => {
  it('tells the runs of a sparse disk', () => {
    expect(bench({ backend: sparse() }).send(status(FROM_0, '00000100'))).toEqual(
      good(
        `00000034 00000000` + // PARAMETER DATA LENGTH: three descriptors
          `0000000000000000 00000080 01 000000` + // 128 blocks from 0 deallocated
          `0000000000000080 00000080 00 000000` + // 128 blocks from 128 mapped
          `0000000000000100 00000100 01 000000`, // 256 blocks from 256 deallocated
      ),
    );
  });

  it('begins with the LBA that was asked for', () => {
    const { send } = bench({ backend: sparse() });
    expect(send(status('0000000000000085', '00000018'))).toEqual(
      good('00000014 00000000 0000000000000085 0000007b 00 000000'),
    );
  });

  it('is cut to the allocation length, the length inside left alone', () => {
    const { send } = bench({ backend: sparse() });
    expect(send(status(FROM_0, '00000004'))).toEqual(good('00000014'));
    expect(send(status(FROM_0, '00000000'))).toEqual(good());
  });

  it('says mapped or unknown for a backend that does not know', () => {
    const backend = {
      blockLength: 512,
      blocks: 16,
      read: () => undefined,
      write: () => undefined,
      unmap: () => undefined,
    };
    expect(bench({ backend }).send(status(FROM_0, '00000100'))).toEqual(
      good('00000014 00000000 0000000000000000 00000010 00 000000'),
    );
  });

  it('says mapped on a disk that is not thin', () => {
    const { send } = bench({ backend: sparse(), thin: false });
    expect(send(status(FROM_0, '00000018')).data[20]).toBe(0);
  });

  describe('on a lenient unit', () => {
    const first = (lba: string, options: object = {}) => {
      const lenient = { compatibility: 'lenient', physicalBlockLength: 4096, ...options } as const;
      const { data } = bench({ backend: sparse(), ...lenient }).send(status(lba, '00000018'));
      return Number(new DataView(data.buffer).getBigUint64(8));
    };

    it('begins with a whole physical block', () => {
      expect(first('0000000000000008')).toBe(8);
      expect(first('0000000000000009')).toBe(16);
      expect(first('0000000000000009', { lowestAlignedLba: 3 })).toBe(11);
    });

    it('begins with the LBA where no physical block follows', () => {
      expect(first('00000000000001f9')).toBe(505);
    });
  });

  it('refuses an LBA that is not on the medium, also the one behind its end', () => {
    const { send } = bench({ backend: sparse() });
    expect(send(status('0000000000000200', '00000018'))).toEqual(
      refusal('5/21/00', { information: 512 }),
    );
    // Over 32 bits: fixed format has no room for it in INFORMATION.
    expect(send(status('ffffffffffffffff', '00000018'))).toEqual(refusal('5/21/00'));
  });

  it('refuses a REPORT TYPE other than 0', () => {
    expect(bench().send(status(FROM_0, '00000018', '01'))).toEqual(
      refusal('5/24/00', { cdb: [14] }),
    );
  });

  it('is quick on a disk of 1 PiB', () => {
    const backend = memoryBackend({ size: 2 ** 50 });
    backend.write(2 ** 40, new Uint8Array(512));
    const { data } = bench({ backend }).send(status(FROM_0, '00000018'));
    // NUMBER OF LOGICAL BLOCKS has 32 bits: the run is told in parts.
    expect([...data.subarray(16, 20)]).toEqual([0xff, 0xff, 0xff, 0xff]);
  });
});
