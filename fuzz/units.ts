/** The logical units that are attacked: of every kind that there is, and small. */
import { setTimeout as delay } from 'node:timers/promises';
import { createDisk, type Backend, type LogicalUnit } from '../src/index.ts';
import { filled } from './served.ts';

/** Bytes of each: small, so that what it holds is little beside what could leak. */
const SIZE = 128 * 1024;

/** What an attacker knows of a unit. */
export interface Geometry {
  readonly blockLength: number;
  readonly blocks: number;
  /** NAA designator, by which copies name it. */
  readonly naa: bigint;
}

const NAA = 0x3000_0000_0000_0000n;
const LONG = [1, 5];

/** What an attacker knows of the units, by LUN. */
export const GEOMETRIES: readonly Geometry[] = Array.from({ length: 8 }, (_, lun) => {
  const blockLength = LONG.includes(lun) ? 4096 : 512;
  return { blockLength, blocks: SIZE / blockLength, naa: NAA + BigInt(lun) };
});

/** A backend that takes its time, so that tasks are there while something is done to them. */
export function slowly(inner: Backend, milliseconds: () => number): Backend {
  const after = async (call: () => unknown): Promise<void> => {
    await delay(milliseconds());
    await call();
  };
  return {
    blocks: inner.blocks,
    blockLength: inner.blockLength,
    read: (lba, into) => after(() => inner.read(lba, into)),
    write: (lba, from, how) => after(() => inner.write(lba, from, how)),
    flush: () => after(() => inner.flush?.()),
    unmap: (lba, blocks, how) => after(() => inner.unmap?.(lba, blocks, how)),
  };
}

/**
 * Makes the units, in the order of their LUNs.
 *
 * @param onError - told what a command or a backend threw, which should be nothing
 */
export function attackedUnits(onError: (error: unknown) => void): readonly LogicalUnit[] {
  const complete = 16;
  const kinds: readonly Partial<Parameters<typeof createDisk>[0]>[] = [
    {
      thin: false,
      alua: 'both',
      store: { load: () => undefined, save: () => undefined },
      microcode: ({ bytes }) => bytes.length < complete,
    },
    { thin: true, physicalBlockLength: 8192, lowestAlignedLba: 1, descriptorSense: true },
    { protectionType: 1, thin: true, alua: 'explicit' },
    { protectionType: 2, removable: true, reservedBits: 'ignore' },
    { protectionType: 3, cache: 'write-through', compatibility: 'lenient' },
    { readOnly: true, thin: true },
    { thin: true, softThreshold: 50, alua: 'none', selfTest: () => undefined },
    { thin: true, queueDepth: 64, abortTimeout: 2000 },
  ];
  return kinds.map((kind, lun) => {
    const { blockLength, naa } = GEOMETRIES[lun]!;
    const memory = filled(SIZE, blockLength);
    const slow = lun === kinds.length - 1;
    let turn = 0;
    return createDisk({
      ...kind,
      backend: slow ? slowly(memory, () => turn++ % 5) : memory,
      naa,
      serial: `FUZZ${lun}`,
      // Formatting and sanitizing are over soon, but not at once.
      sanitizeRate: 1e8,
      formatRate: 1e8,
      extendedSelfTestTime: 1,
      onError,
    });
  });
}
