/** Logical block addresses, ascending, each once: plain arrays that are never written to. */

/** Where `lba` is, or would be. */
function placeOf(list: readonly number[], lba: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < lba) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first address of the list that is one of `blocks` from `lba` on. */
export function firstIn(list: readonly number[], lba: number, blocks: number): number | undefined {
  const found = list[placeOf(list, lba)];
  return found !== undefined && found - lba < blocks ? found : undefined;
}

/** The list without the addresses of a run of blocks; the same list where it has none of them. */
export function without(list: readonly number[], lba: number, blocks: number): readonly number[] {
  const from = placeOf(list, lba);
  const to = placeOf(list, lba + blocks);
  return from === to ? list : [...list.slice(0, from), ...list.slice(to)];
}

/** The list with the addresses of a run of blocks. */
export function including(list: readonly number[], lba: number, blocks: number): readonly number[] {
  const from = placeOf(list, lba);
  const run = Array.from({ length: blocks }, (_, i) => lba + i);
  return [...list.slice(0, from), ...run, ...list.slice(placeOf(list, lba + blocks))];
}
