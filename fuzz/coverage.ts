/** What the attacks came to: a fuzzer that bounces off the login finds nothing. */
import { decodeSense } from '../src/sense/index.ts';

/** Counts things by kind and name. */
export class Coverage {
  readonly #kinds = new Map<string, Map<string, number>>();

  /** One more. */
  add(kind: string, name: string | number): void {
    const key = String(name);
    const names = this.#kinds.get(kind) ?? new Map<string, number>();
    this.#kinds.set(kind, names);
    names.set(key, (names.get(key) ?? 0) + 1);
  }

  /** How many of a name, or of a kind. */
  of(kind: string, name?: string): number {
    const names = this.#kinds.get(kind);
    if (name !== undefined) return names?.get(name) ?? 0;
    return [...(names?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** One line a kind, its names by their number. */
  lines(): readonly string[] {
    return [...this.#kinds].map(([kind, names]) => {
      const sorted = [...names].sort(([, a], [, b]) => b - a);
      return `  ${kind}: ${sorted.map(([name, count]) => `${name} ${count}`).join(', ')}`;
    });
  }
}

const STATUSES: Readonly<Record<number, string>> = {
  0x00: 'GOOD',
  0x02: 'CHECK CONDITION',
  0x04: 'CONDITION MET',
  0x08: 'BUSY',
  0x18: 'RESERVATION CONFLICT',
  0x28: 'TASK SET FULL',
  0x30: 'ACA ACTIVE',
  0x40: 'TASK ABORTED',
};

/** An answer that is none. */
export class IllFormed extends Error {}

/**
 * Counts an answer to a command.
 *
 * @throws IllFormed - it has a status that there is not, or sense data where there is none to be.
 */
export function countAnswer(
  coverage: Coverage,
  status: number,
  sense: Uint8Array | undefined,
): void {
  const name = STATUSES[status];
  if (name === undefined) throw new IllFormed(`status ${status.toString(16)}h`);
  coverage.add('statuses', name);
  if ((status === 0x02) !== (sense !== undefined))
    throw new IllFormed(`${name} ${sense === undefined ? 'without' : 'with'} sense data`);
  if (sense === undefined) return;
  const decoded = decodeSense(sense);
  if (decoded === undefined)
    throw new IllFormed(`sense data ${Buffer.from(sense).toString('hex')}`);
  coverage.add('sense keys', `${decoded.key.toString(16).toUpperCase()}h`);
}
