/** A thin disk in RAM that has room for some of its blocks only, and counts them one by one. */
import { BackendError, type Backend } from '../../../src/backend/backend.ts';
import { BLOCK, BLOCKS } from './device.ts';

/** It says how many blocks it has room for. */
export interface LimitedBackend extends Backend {
  readonly limit: number;
}

export function limitedBackend(limit: number): LimitedBackend {
  const held = new Map<number, Uint8Array>();
  return {
    limit,
    blockLength: BLOCK,
    blocks: BLOCKS,
    unmappedReadsZeros: true,
    read(lba, into) {
      for (let at = 0; at < into.length; at += BLOCK)
        into.set(held.get(lba + at / BLOCK) ?? new Uint8Array(BLOCK), at);
    },
    write(lba, from) {
      let room = limit - held.size;
      for (let i = lba; i < lba + from.length / BLOCK; i++)
        if (!held.has(i) && --room < 0) throw new BackendError('space', 'Full.', { lba: i });
      for (let at = 0; at < from.length; at += BLOCK)
        held.set(lba + at / BLOCK, from.slice(at, at + BLOCK));
    },
    unmap(lba, blocks) {
      for (let i = lba; i < lba + blocks; i++) held.delete(i);
    },
    extent(lba) {
      const allocated = held.has(lba);
      let end = lba + 1;
      while (end < BLOCKS && held.has(end) === allocated) end++;
      return { allocated, blocks: end - lba };
    },
    space: () => ({ used: held.size, available: limit - held.size }),
  };
}
