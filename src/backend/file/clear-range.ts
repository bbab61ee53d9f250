/** Making a part of a file read as zeros. */
import { writeAt } from './positional-io.ts';
import type { HolePuncher } from './punch-hole.ts';

/** Most bytes of zeros that are written at once: what a hole puncher leaves at the edges is less. */
const PIECE = 1 << 20;

/**
 * Punches a hole as far as the alignment of the puncher allows, and writes zeros to the rest: to all
 * of it where there is no puncher.
 *
 * @throws Error - a Node system error, or that of the puncher.
 */
export async function clearRange(
  fd: number,
  puncher: HolePuncher | undefined,
  from: number,
  to: number,
): Promise<void> {
  if (puncher === undefined) return zero(fd, from, to);
  const { alignment } = puncher;
  const first = Math.min(Math.ceil(from / alignment) * alignment, to);
  const last = Math.max(Math.floor(to / alignment) * alignment, first);
  await zero(fd, from, first);
  if (first < last) await puncher.punch(first, last - first);
  await zero(fd, last, to);
}

async function zero(fd: number, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += PIECE)
    await writeAt(fd, new Uint8Array(Math.min(to - at, PIECE)), at);
}
