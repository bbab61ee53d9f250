/** Memory for blocks that a backend reads. */
import type { View } from '../backend/backend.ts';
import { BufferPool, SMALLEST_POOLED } from '../buffer-pool.ts';

/** Of all units: what one has read, another one reads into. */
const pool = /* @__PURE__ */ new BufferPool((length) => new Uint8Array(length));

const nothingToRelease = (): void => undefined;

/** A view of memory that its owner knows of. */
export function viewOf(bytes: Uint8Array): View {
  return { chunks: [bytes], release: nothingToRelease };
}

/** Memory of `length` zeros: a backend that leaves anything out shows nothing of earlier reads. */
export function readMemory(length: number): Uint8Array {
  return length < SMALLEST_POOLED ? new Uint8Array(length) : pool.take(length).fill(0);
}

/** A view of what {@link readMemory} gave. When it is released the memory is used again. */
export function viewOfRead(bytes: Uint8Array): View {
  if (bytes.length < SMALLEST_POOLED) return viewOf(bytes);
  let held = true;
  return {
    chunks: [bytes],
    release(): void {
      if (held) pool.giveBack(bytes);
      held = false;
    },
  };
}
