/** Which protection information a unit's medium is formatted with. */
import type { ProtectionType } from '../cdb/protection-information.ts';
import type { CdbSpec } from '../cdb/spec.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { UnitSettings } from './unit-settings.ts';

/** The protection type of a unit: what it was made with, or what FORMAT UNIT made of it since. */
export class Protection {
  /** PROTECT: there can be protection information. */
  readonly supported: boolean;
  #type: ProtectionType;

  constructor({ protectionType }: Pick<UnitSettings, 'protectionType'>) {
    this.supported = protectionType !== undefined;
    this.#type = protectionType ?? 0;
  }

  /** The type that the medium is formatted with. */
  get type(): ProtectionType {
    return this.#type;
  }
}

/** The forms of 32 bytes carry expected tags, and are there with type 2 protection only (SBC). */
export const formOfType2 = ({ protection }: LogicalUnit, { length }: CdbSpec): boolean =>
  length !== 32 || protection.type === 2;
