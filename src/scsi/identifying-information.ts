/** What applications called the unit: SET IDENTIFYING INFORMATION and where it is kept. */
import {
  INFORMATION_TYPE,
  type IdentifyingInformationType,
} from '../cdb/identifying-information.ts';
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import { bytesOfHex, hexOf } from './hex.ts';
import type { UnitMemory } from './unit-memory.ts';

const SECTION = 'identifyingInformation';

const { IDENTIFYING, TEXT, SUPPORTED } = INFORMATION_TYPE;

/** The types of identifying information that can be set, ascending, with the lengths of SPC. */
export const INFORMATION_TYPES: readonly IdentifyingInformationType[] = [
  { informationType: IDENTIFYING, maximumLength: 512 },
  { informationType: TEXT, maximumLength: 256 },
];

/** What {@link INFORMATION_TYPES} is asked by. */
export const REPORTED_TYPES: readonly IdentifyingInformationType[] = [
  ...INFORMATION_TYPES,
  { informationType: SUPPORTED, maximumLength: 0 },
];

const NONE = new Uint8Array(0);

/** The identifying information of a unit, by type. */
export class IdentifyingInformation {
  #values: ReadonlyMap<number, Uint8Array> = new Map();

  /** The information of a type; empty where there is none. */
  get(informationType: number): Uint8Array {
    return this.#values.get(informationType) ?? NONE;
  }

  /** Replaces the information of a type. Settles when it is on stable storage. */
  set(informationType: number, value: Uint8Array, memory: UnitMemory): MaybePromise<void> {
    const values = new Map(this.#values).set(informationType, value);
    const section = Object.fromEntries([...values].map(([type, each]) => [type, hexOf(each)]));
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
    for (const { informationType } of INFORMATION_TYPES) {
      const kept = (section as Readonly<Record<string, unknown>>)[informationType];
      if (kept === undefined) continue;
      const value = typeof kept === 'string' ? bytesOfHex(kept) : undefined;
      if (value === undefined) throw damaged();
      values.set(informationType, value);
    }
    this.#values = values;
  }
}

const damaged = (): TypeError =>
  new TypeError('The identifying information in the unit store is damaged.');
