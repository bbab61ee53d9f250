import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { decodeLbaStatus, decodeLbaStatusHeader } from '../../../src/cdb/get-lba-status.ts';
import { bench, good, hex, refusal } from '../disk-under-test.ts';

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
        `00000034 00000007` + // PARAMETER DATA LENGTH: three descriptors; to the end, RTP
          `0000000000000000 00000080 01 000000` + // 128 blocks from 0 deallocated
          `0000000000000080 00000080 00 000000` + // 128 blocks from 128 mapped
          `0000000000000100 00000100 01 000000`, // 256 blocks from 256 deallocated
      ),
    );
  });

  it('begins with the LBA that was asked for', () => {
    const { send } = bench({ backend: sparse() });
    expect(send(status('0000000000000085', '00000018'))).toEqual(
      good('00000014 00000003 0000000000000085 0000007b 00 000000'),
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
      good('00000014 00000007 0000000000000000 00000010 00 000000'),
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

  it.each(['05', '0f', '11', 'ff'])('refuses REPORT TYPE %sh', (type) => {
    expect(bench().send(status(FROM_0, '00000018', type))).toEqual(
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

/** Runs as `lba+blocks status`, with an `!` where reading may fail, and why they end. */
function runs(data: Uint8Array): readonly string[] {
  const words = decodeLbaStatus(data).map(
    ({ lba, blocks, status, mayFail }) => `${lba}+${blocks} ${status}${mayFail ? ' !' : ''}`,
  );
  return [...words, decodeLbaStatusHeader(data).completion];
}

/** Blocks 0 to 127 anchored, 128 to 255 mapped with two bad ones, the rest deallocated. */
const device = (options: object = {}) => {
  const backend = memoryBackend({ blocks: 512, maxAllocatedBytes: 2 ** 20 });
  backend.unmap(0, 128, { anchor: true });
  backend.write(130, new Uint8Array(512).fill(1));
  const made = bench({ backend, ...options });
  for (const lba of ['8c', '8d']) made.send(`9f 51 00000000000000${lba} 0000 0000 00 00`);
  return made;
};

describe('GET LBA STATUS, by report type', () => {
  const report = (type: string, options: object = {}): readonly string[] =>
    runs(device(options).send(status(FROM_0, '00000100', type)).data);

  it.each([
    ['00', ['0+128 anchored', '128+128 mapped or unknown', '256+256 deallocated', 'capacity']],
    [
      '01',
      [
        '0+128 anchored',
        '128+12 mapped',
        '140+2 mapped !',
        '142+114 mapped',
        '256+256 deallocated',
        'capacity',
      ],
    ],
    ['02', ['128+12 mapped', '140+2 mapped !', '142+114 mapped', 'capacity']],
    ['03', ['256+256 deallocated', 'capacity']],
    ['04', ['0+128 anchored', 'capacity']],
    ['10', ['140+2 mapped !', 'capacity']],
  ])('%sh', (type, expected) => {
    expect(report(type)).toEqual(expected);
  });

  it('knows only mapped blocks on a disk that is not thin', () => {
    expect(report('01', { thin: false })).toEqual([
      '0+140 mapped',
      '140+2 mapped !',
      '142+370 mapped',
      'capacity',
    ]);
    expect(report('03', { thin: false })).toEqual(['capacity']);
  });

  it('does not know what a backend does not tell', () => {
    const backend = Object.assign(memoryBackend({ blocks: 8 }), { extent: undefined as never });
    const { send } = bench({ backend });
    expect(runs(send(status(FROM_0, '00000100', '01')).data)).toEqual(['0+8 unknown', 'capacity']);
  });

  it('says that it ended for want of room', () => {
    const { send } = device();
    expect(runs(send(status(FROM_0, '00000018', '02')).data)).toEqual([
      '128+12 mapped',
      'allocation length',
    ]);
  });

  it('joins the pieces that a slow backend tells', async () => {
    const backend = Object.assign(memoryBackend({ blocks: 20_000 }), {
      extent: (lba: number) =>
        lba % 2 === 0
          ? { allocated: true, blocks: 1 }
          : Promise.resolve({ allocated: true, blocks: 1 }),
    });
    const { sendAsync, clock } = bench({ backend: backend as unknown as Backend });
    const answer = sendAsync(status(FROM_0, '00000100'));
    for (let turn = 0; turn < 60_000; turn++) {
      if (turn % 1000 === 0) clock.advance(0);
      await Promise.resolve();
    }
    expect(runs((await answer)?.data ?? hex(''))).toEqual([
      '0+20000 mapped or unknown',
      'capacity',
    ]);
  });
});

const status32 = (lba: string, scan = '00000000', element = '00000000', type = '00') =>
  `7f 00 00000000 00 18 0012 ${type} 00 ${lba} ${scan} ${element} 00000100`;

describe('GET LBA STATUS(32)', () => {
  it('tells what (16) tells', () => {
    const { send } = bench({ backend: sparse() });
    expect(send(status32(FROM_0))).toEqual(send(status(FROM_0, '00000100')));
  });

  it('looks at no more blocks than SCAN LENGTH', () => {
    const { send } = bench({ backend: sparse() });
    expect(runs(send(status32('0000000000000080', '00000008')).data)).toEqual([
      '128+8 mapped or unknown',
      'scan length',
    ]);
    expect(runs(send(status32('0000000000000100', '00000100')).data).at(-1)).toBe('capacity');
  });

  it('refuses a physical element, an unknown type and an LBA that is not there', () => {
    const { send } = bench({ backend: sparse() });
    expect(send(status32(FROM_0, '00000000', '00000001'))).toEqual(
      refusal('5/24/00', { cdb: [24] }),
    );
    expect(send(status32(FROM_0, '00000000', '00000000', '05'))).toEqual(
      refusal('5/24/00', { cdb: [10] }),
    );
    expect(send(status32('0000000000000200'))).toEqual(refusal('5/21/00', { information: 512 }));
  });
});
