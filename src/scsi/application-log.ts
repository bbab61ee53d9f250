/** What applications left in the Application Client log page, and where it is kept (SPC). */
import { APPLICATION_CLIENT_LENGTH } from '../log/application-client.ts';
import type { ApplicationClientParameter } from '../log/application-client.ts';
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import { bytesOfHex, hexOf } from './hex.ts';
import type { UnitMemory } from './unit-memory.ts';

const SECTION = 'applicationLog';

/** How many general usage parameters there are: as many as SPC asks for. */
const PARAMETERS = 0x40;

const EMPTY = new Uint8Array(APPLICATION_CLIENT_LENGTH);

/** Values of 252 bytes by PARAMETER CODE. */
export type ApplicationLogValues = ReadonlyMap<number, Uint8Array>;

/** The general usage parameters of a unit: 252 bytes each, zeros before they are written. */
export class ApplicationLog {
  #values: ApplicationLogValues = new Map();

  /** All parameters, ascending in code. */
  get parameters(): readonly ApplicationClientParameter[] {
    return Array.from({ length: PARAMETERS }, (_, code) => ({
      code,
      data: this.#values.get(code) ?? EMPTY,
    }));
  }

  /** Replaces the values of some parameters. Settles when they are on stable storage. */
  set(values: ApplicationLogValues, memory: UnitMemory): MaybePromise<void> {
    return this.#replace(new Map([...this.#values, ...values]), memory);
  }

  /** Forgets all values. Settles when that is on stable storage. */
  clear(memory: UnitMemory): MaybePromise<void> {
    return this.#values.size === 0 ? undefined : this.#replace(new Map(), memory);
  }

  /**
   * Takes up what the unit store kept.
   *
   * @throws TypeError - that is damaged.
   */
  load(memory: UnitMemory): void {
    const section = memory.section(SECTION);
    if (section === undefined) return;
    if (typeof section !== 'object' || section === null) throw damaged();
    const values = new Map<number, Uint8Array>();
    for (const [code, kept] of Object.entries(section)) {
      const value = typeof kept === 'string' ? bytesOfHex(kept) : undefined;
      if (!(Number(code) < PARAMETERS) || value?.length !== APPLICATION_CLIENT_LENGTH)
        throw damaged();
      values.set(Number(code), value);
    }
    this.#values = values;
  }

  #replace(values: ApplicationLogValues, memory: UnitMemory): MaybePromise<void> {
    const section = Object.fromEntries([...values].map(([code, each]) => [code, hexOf(each)]));
    const before = this.#values;
    // At once, so that another change meanwhile builds on this one.
    this.#values = values;
    const undo = (error: unknown): never => {
      if (this.#values === values) this.#values = before;
      throw error;
    };
    try {
      const kept = memory.keep(SECTION, section);
      return isPromise(kept) ? kept.catch(undo) : kept;
    } catch (error) {
      return undo(error);
    }
  }
}

const damaged = (): TypeError =>
  new TypeError('The application client log in the unit store is damaged.');
