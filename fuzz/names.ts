/** What the fuzzer and the server that it attacks have to agree on. */

/** The target of the session that must not be disturbed. */
export const GOOD = 'iqn.2026-11.com.example:good';

/** The target that is attacked. */
export const ATTACKED = 'iqn.2026-11.com.example:attacked';

/** What the server has in memory after a garbage collection, and who is there. */
export interface Heap {
  /** Bytes of the heap and of what hangs on it. */
  readonly bytes: number;
  /** Bytes that the process has in memory. */
  readonly resident: number;
  readonly sessions: number;
  readonly connections: number;
}
