/** Unmap requests of WinSpd are longer than one UNMAP command may be. */
import type { UnmapDescriptor } from '../src/cdb/unmap.ts';

/** What one UNMAP command may have. */
export interface UnmapLimits {
  /** MAXIMUM UNMAP LBA COUNT. */
  readonly maxUnmapBlocks: number;
  /** MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT. */
  readonly maxUnmapDescriptors: number;
}

/** The parameter lists of several UNMAP commands. */
export type UnmapLists = readonly (readonly UnmapDescriptor[])[];

/** Cuts ranges into lists that keep the limits, in order; a range may be cut too. No ranges are one empty list. */
export function splitUnmap(
  ranges: readonly UnmapDescriptor[],
  { maxUnmapBlocks, maxUnmapDescriptors }: UnmapLimits,
): UnmapLists {
  const lists: UnmapDescriptor[][] = [];
  let list: UnmapDescriptor[] = [];
  let room = maxUnmapBlocks;
  const next = (): void => {
    lists.push(list);
    list = [];
    room = maxUnmapBlocks;
  };
  for (const range of ranges) {
    let { lba, blocks } = range;
    do {
      if (list.length === maxUnmapDescriptors || (room === 0 && blocks > 0)) next();
      const piece = Math.min(blocks, room);
      list.push({ lba, blocks: piece });
      room -= piece;
      lba += piece;
      blocks -= piece;
    } while (blocks > 0);
  }
  if (list.length > 0 || lists.length === 0) lists.push(list);
  return lists;
}
