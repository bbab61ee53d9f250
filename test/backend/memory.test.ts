import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../src/backend/memory.ts';

const KIB = 1024;
const PAGE = 64 * KIB;
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

function readBack(disk: ReturnType<typeof memoryBackend>, lba: number, blocks: number): Uint8Array {
  const into = filled(blocks * disk.blockLength, 0xee);
  disk.read(lba, into);
  return into;
}

/** `toEqual` compares element by element, which takes seconds for whole pages. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Buffer.compare(actual, expected)).toBe(0);
}

describe('memoryBackend', () => {
  it('is sized in blocks or in bytes', () => {
    expect(memoryBackend({ blocks: 10 }).blocks).toBe(10);
    expect(memoryBackend({ size: 40_960, blockLength: 4096 }).blocks).toBe(10);
  });

  it.each([
    ['a block length that is no power of two', { blocks: 1, blockLength: 520 }],
    ['a block length under 512', { blocks: 1, blockLength: 256 }],
    ['a block length over 65536', { blocks: 1, blockLength: 131_072 }],
    ['no blocks', { blocks: 0 }],
    ['a part of a block', { size: 1000 }],
    ['more blocks than a number can count', { blocks: 2 ** 53 }],
    ['a number of blocks that is no number', { blocks: Number.NaN }],
  ])('refuses %s', (_, options) => {
    expect(() => memoryBackend(options)).toThrow(RangeError);
  });

  it('says of a size that is no whole number of blocks that it is', () => {
    expect(() => memoryBackend({ size: 1000 })).toThrow(
      'size: 1000 is not a whole number of 512-byte blocks',
    );
  });

  it('reads zeros where nothing was written', () => {
    expectSame(readBack(memoryBackend({ blocks: 8 }), 0, 8), filled(4096, 0));
  });

  it('has 1 PiB for the price of the two pages that were written', () => {
    const disk = memoryBackend({ size: 2 ** 50 });
    const last = disk.blocks - 1;
    disk.write(last, filled(512, 1));
    disk.write(0, filled(512, 2));
    expect(disk.allocatedBytes).toBe(2 * PAGE);
    expectSame(readBack(disk, last, 1), filled(512, 1));
    expectSame(readBack(disk, last - 1, 1), filled(512, 0));
    expectSame(readBack(disk, 0, 1), filled(512, 2));
  });

  it('keeps apart blocks whose numbers differ only above bit 31, or whose byte addresses pass 2^53', () => {
    const disk = memoryBackend({ blocks: Number.MAX_SAFE_INTEGER });
    const places = [5, 2 ** 32 + 5, 2 ** 44 + 5, 2 ** 52 + 5, disk.blocks - 2, disk.blocks - 1];
    for (const [i, lba] of places.entries()) disk.write(lba, filled(512, i + 1));
    for (const [i, lba] of places.entries()) expectSame(readBack(disk, lba, 1), filled(512, i + 1));
  });

  it('unmaps the whole of the largest disk at once', () => {
    const disk = memoryBackend({ blocks: Number.MAX_SAFE_INTEGER });
    for (let i = 0; i < 50; i++) disk.write(i * 2 ** 47, filled(512, 1));
    expect(disk.allocatedBytes).toBe(50 * PAGE);
    const start = performance.now();
    disk.unmap(0, disk.blocks);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(disk.allocatedBytes).toBe(0);
  });

  it('has FFh for protection information where none was written, is unmapped or was cut off', () => {
    const backend = memoryBackend({ blocks: 20_000 });
    const protection = new Uint8Array(3 * 8).fill(0x12);
    const tuples = (lba: number, blocks: number): string => {
      const bytes = new Uint8Array(8 * blocks);
      backend.readProtection(lba, bytes);
      return Array.from({ length: blocks }, (_, i) => bytes[8 * i]?.toString(16)).join(' ');
    };
    expect(tuples(0, 2)).toBe('ff ff');
    backend.write(19_995, new Uint8Array(3 * 512), { fua: false, protection });
    backend.write(19_999, new Uint8Array(512), {
      fua: false,
      protection: protection.subarray(8, 16),
    });
    expect(tuples(19_994, 6)).toBe('ff 12 12 12 ff 12');
    backend.unmap(19_996, 1);
    expect(tuples(19_994, 6)).toBe('ff 12 ff 12 ff 12');
    backend.resize(19_998);
    backend.resize(20_000);
    expect(tuples(19_994, 6)).toBe('ff 12 ff 12 ff ff');
    expect(backend.allocatedBytes).toBe(65_536);
  });

  it('keeps no protection information of a write for which there is no space', () => {
    const backend = memoryBackend({ blocks: 1024, maxAllocatedBytes: 65_536 });
    backend.write(0, new Uint8Array(512));
    const protection = new Uint8Array(8);
    expect(() => backend.write(512, new Uint8Array(512), { fua: false, protection })).toThrow();
    const tuple = new Uint8Array(8);
    backend.readProtection(512, tuple);
    expect(tuple).toEqual(new Uint8Array(8).fill(0xff));
  });

  it('zeroes a page that is unmapped in part, and frees one that is unmapped whole', () => {
    const disk = memoryBackend({ blocks: 256 });
    disk.write(0, filled(2 * PAGE, 7));
    disk.unmap(1, 200);
    expect(disk.allocatedBytes).toBe(2 * PAGE);
    expectSame(readBack(disk, 0, 1), filled(512, 7));
    expectSame(readBack(disk, 1, 200), filled(200 * 512, 0));
    expectSame(readBack(disk, 201, 55), filled(55 * 512, 7));
    disk.unmap(0, 128);
    expect(disk.allocatedBytes).toBe(PAGE);
  });

  it('frees the last page though the disk ends inside it', () => {
    const disk = memoryBackend({ blocks: 130 });
    disk.write(128, filled(1024, 7));
    disk.unmap(128, 2);
    expect(disk.allocatedBytes).toBe(0);
  });

  it('has zeros beyond the old end when it shrank and grew again', () => {
    const disk = memoryBackend({ blocks: 300 });
    disk.write(0, filled(300 * 512, 7));
    disk.resize(100);
    expect(disk.allocatedBytes).toBe(PAGE);
    disk.resize(300);
    expectSame(readBack(disk, 99, 2), new Uint8Array([...filled(512, 7), ...filled(512, 0)]));
    expectSame(readBack(disk, 100, 200), filled(200 * 512, 0));
  });

  it('tells its watchers that it was resized when it has the new size, until they leave', () => {
    const disk = memoryBackend({ blocks: 10 });
    const seen: number[] = [];
    const leave = disk.watch((event) => seen.push(event.type === 'resized' ? disk.blocks : -1));
    disk.resize(20);
    disk.resize(20);
    leave();
    leave();
    disk.resize(30);
    expect(seen).toEqual([20]);
    expect(() => disk.resize(0)).toThrow(RangeError);
  });
});

describe('a view of a memory disk', () => {
  it('shares the bytes with the disk', () => {
    const disk = memoryBackend({ blocks: 256 });
    disk.write(0, filled(512, 1));
    const [a, b] = [disk.view(0, 1), disk.view(0, 1)];
    expect(a.chunks[0]?.buffer).toBe(b.chunks[0]?.buffer);
  });

  it.each<[string, (disk: ReturnType<typeof memoryBackend>) => void]>([
    ['a write into a part of a page', (disk) => disk.write(3, filled(512, 9))],
    ['a write of whole pages', (disk) => disk.write(0, filled(2 * PAGE, 9))],
    ['an unmap of a part', (disk) => disk.unmap(1, 3)],
    ['an unmap of everything', (disk) => disk.unmap(0, disk.blocks)],
    ['a smaller disk', (disk) => disk.resize(1)],
  ])('never shows %s that came later', (_, change) => {
    const disk = memoryBackend({ blocks: 384 });
    disk.write(0, filled(PAGE + 512, 1));
    const view = disk.view(0, 384);
    const before = Buffer.concat(view.chunks);
    change(disk);
    change(disk);
    expectSame(Buffer.concat(view.chunks), before);
    view.release();
  });

  it('keeps the rest of a page that is replaced', () => {
    const disk = memoryBackend({ blocks: 128 });
    disk.write(0, filled(PAGE, 1));
    disk.view(0, 1);
    disk.write(5, filled(512, 2));
    expectSame(readBack(disk, 4, 1), filled(512, 1));
    expectSame(readBack(disk, 5, 1), filled(512, 2));
  });

  it('pins until the last of several views is released, and each release counts once', () => {
    const disk = memoryBackend({ blocks: 128 });
    disk.write(0, filled(512, 1));
    const [a, b] = [disk.view(0, 1), disk.view(0, 1)];
    a.release();
    a.release();
    disk.write(0, filled(512, 2));
    expect(b.chunks[0]).toEqual(filled(512, 1));
  });

  it('costs no copy any more once it is released', () => {
    const disk = memoryBackend({ blocks: 128 });
    disk.write(0, filled(512, 1));
    const view = disk.view(0, 1);
    view.release();
    disk.write(0, filled(512, 2));
    expect(disk.view(0, 1).chunks[0]?.buffer).toBe(view.chunks[0]?.buffer);
  });
});

/** A disk of 8 pages of which 2 have room. */
const pool = () => memoryBackend({ size: 8 * PAGE, maxAllocatedBytes: 2 * PAGE });

describe('a memory backend with maxAllocatedBytes', () => {
  it('tells how full it is', () => {
    const backend = pool();
    expect(backend.space()).toEqual({ used: 0, available: 256 });
    backend.write(0, new Uint8Array(512));
    expect(backend.space()).toEqual({ used: 128, available: 128 });
    expect(memoryBackend({ blocks: 1000 }).space()).toEqual({ used: 0, available: 1000 });
  });

  it('refuses a write that would need more, and writes nothing of it', () => {
    const backend = pool();
    const full = { code: 'BACKEND_SPACE', lba: 300 };
    backend.write(0, new Uint8Array(256 * 512).fill(1));
    expect(() => backend.write(300, new Uint8Array(512))).toThrow(expect.objectContaining(full));
    expect(backend.space().used).toBe(256);
    backend.write(255, new Uint8Array(512).fill(2));
  });

  it('keeps anchored pages as zeros, and those views that show them', () => {
    const backend = pool();
    backend.unmap(0, 128, { anchor: true });
    const view = backend.view(0, 1);
    backend.write(0, new Uint8Array(512).fill(1));
    expect(view.chunks[0]![0]).toBe(0);
    view.release();
    expect(backend.extent(0)).toEqual({ allocated: true, anchored: false, blocks: 128 });
  });

  it.each([0, 1, 65_535, 65_537, -65_536, Number.NaN])('refuses a limit of %s', (limit) => {
    expect(() => memoryBackend({ blocks: 8, maxAllocatedBytes: limit })).toThrow(RangeError);
  });
});

describe('a clone', () => {
  const PER_PAGE = PAGE / 512;

  /** Three pages, of which the one in the middle was never written. */
  function original() {
    const disk = memoryBackend({ blocks: 3 * PER_PAGE });
    disk.write(0, filled(PAGE, 1));
    disk.write(2 * PER_PAGE, filled(PAGE, 3));
    return disk;
  }

  it('is the blocks that it was made of, holes too', () => {
    const source = original();
    const disk = memoryBackend({ blocks: 4 * PER_PAGE });
    disk.write(0, filled(4 * PAGE, 9));
    expect(disk.clone(PER_PAGE, source, 0, 3 * PER_PAGE)).toBe(true);
    const pages = [9, 1, 0, 3].map((value) => filled(PAGE, value));
    expectSame(readBack(disk, 0, 4 * PER_PAGE), Buffer.concat(pages));
    expect(disk.extent(2 * PER_PAGE)).toEqual({ allocated: false, blocks: PER_PAGE });
  });

  it('changes only the blocks asked for where they are parts of pages', () => {
    const disk = memoryBackend({ blocks: 2 * PER_PAGE });
    disk.write(0, filled(2 * PAGE, 9));
    expect(disk.clone(PER_PAGE - 1, original(), PER_PAGE - 1, 2)).toBe(true);
    expectSame(readBack(disk, PER_PAGE - 2, 1), filled(512, 9));
    expectSame(readBack(disk, PER_PAGE - 1, 1), filled(512, 1));
    expectSame(readBack(disk, PER_PAGE, 1), filled(512, 0));
    expectSame(readBack(disk, PER_PAGE + 1, 1), filled(512, 9));
  });

  it('does not follow what it was made of, nor the other way round', () => {
    const source = original();
    const disk = memoryBackend({ blocks: 3 * PER_PAGE });
    disk.clone(0, source, 0, 3 * PER_PAGE);
    source.write(0, filled(512, 7));
    disk.write(2 * PER_PAGE, filled(512, 8));
    expectSame(readBack(disk, 0, 1), filled(512, 1));
    expectSame(readBack(source, 2 * PER_PAGE, 1), filled(512, 3));
  });

  it('leaves a view of either side as it is', () => {
    const source = original();
    const disk = memoryBackend({ blocks: 3 * PER_PAGE });
    disk.clone(0, source, 0, PER_PAGE);
    const view = disk.view(0, 1);
    disk.write(0, filled(512, 7));
    source.write(0, filled(512, 8));
    expectSame(view.chunks[0]!, filled(512, 1));
    view.release();
  });

  it.each([
    ['of another kind of store', { ...original() }, 0],
    ['of other blocks', memoryBackend({ blocks: 8, blockLength: 4096 }), 0],
    ['at another place in a page', original(), 1],
  ])('%s is not made', (_, source, sourceLba) => {
    const disk = memoryBackend({ blocks: 8 });
    expect(disk.clone(0, source, sourceLba, 4)).toBe(false);
    expect(disk.allocatedBytes).toBe(0);
  });

  it('that there is no space for fails before anything changes', () => {
    const disk = memoryBackend({ blocks: 3 * PER_PAGE, maxAllocatedBytes: PAGE });
    expect(() => disk.clone(0, original(), 0, 3 * PER_PAGE)).toThrow('no space for block 128');
    expect(disk.allocatedBytes).toBe(0);
  });
});
