/** What those who attack or soak and their servers have to agree on. */

/** The attacked target by another name, under which it wants CHAP. */
export const PROVEN = 'iqn.2026-11.com.example:proven';

/** The target of the session that must not be disturbed. */
export const GOOD = 'iqn.2026-11.com.example:good';

/** The target that is attacked. */
export const ATTACKED = 'iqn.2026-11.com.example:attacked';

/** The target that is soaked. */
export const SOAKED = 'iqn.2026-11.com.example:soaked';

/** The soaked target by another name, under which it wants CHAP. */
export const GUARDED = 'iqn.2026-11.com.example:guarded';

/** A target of its own for those who reset all of it. */
export const RESET = 'iqn.2026-11.com.example:reset';

/** The LUNs of the soaked target that data is moved to: a backend in memory, and one that lends nothing. */
export const MOVED_LUNS = [0, 4] as const;

/** Its LUN that is reset. */
export const RESET_LUN = 1;

/** Its LUN that is reserved. */
export const RESERVED_LUN = 2;

/** Its LUN that comes and goes. */
export const HOT_LUN = 3;

/** Who proves itself with CHAP, and the target to it. */
export const CHAP = {
  user: { name: 'soaker', secret: 'a secret of the soaker' },
  target: { name: 'soaked', secret: 'another one of the target' },
} as const;

/** What the server has in memory after a garbage collection, and who is there. */
export interface Heap {
  /** Bytes of the heap and of what hangs on it. */
  readonly bytes: number;
  /** Bytes that the process has in memory. */
  readonly resident: number;
  readonly sessions: number;
  readonly connections: number;
}

/** What a server tells those who have started it. */
export type Told =
  { readonly ports: readonly number[] } | { readonly heap: Heap } | { readonly fault: string };
