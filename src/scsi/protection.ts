/** Which protection information the blocks of a unit have, and what it is where nobody sent any. */
import {
  crc16T10Dif,
  encodeProtectionInformation,
  PROTECTION_LENGTH,
  type ProtectionType,
} from '../cdb/protection-information.ts';
import type { CdbSpec } from '../cdb/spec.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import type { LogicalUnit } from './logical-unit.ts';

/** The name of its section in the unit store. */
const SECTION = 'protection';

/** What it has to know of its unit. */
export type ProtectionHost = Pick<LogicalUnit, 'settings' | 'mode' | 'memory'>;

/** The protection type of a unit: what it was made with, or what FORMAT UNIT made of it since. */
export class Protection {
  /** PROTECT: there can be protection information. */
  readonly supported: boolean;
  readonly #unit: ProtectionHost;
  #type: ProtectionType;

  constructor(unit: ProtectionHost) {
    const { protectionType } = unit.settings;
    this.#unit = unit;
    this.supported = protectionType !== undefined;
    this.#type = protectionType ?? 0;
  }

  /** The type that the medium is formatted with. */
  get type(): ProtectionType {
    return this.#type;
  }

  /** The application tag of a block, where the Application Tag mode page is used and has one (ATMPE). */
  applicationTagOf(lba: number): number | undefined {
    const { control, applicationTags } = this.#unit.mode;
    if (!control.applicationTagModePage) return undefined;
    for (const { lba: first, blocks, applicationTag, last } of applicationTags.descriptors) {
      if (lba >= first && lba - first < blocks) return applicationTag;
      if (last) return undefined;
    }
    return undefined;
  }

  /**
   * Protection information for blocks that came without (SBC, WRPROTECT 000b): the guard, the
   * application tag of the mode page or FFFFh, and as reference tag the LBA with type 1, FFFFFFFFh with
   * the others. `undefined` where the medium has none.
   */
  generate(lba: number, blocks: Uint8Array, blockLength: number): Uint8Array | undefined {
    if (this.#type === 0) return undefined;
    const count = blocks.length / blockLength;
    const information = new Uint8Array(count * PROTECTION_LENGTH);
    for (let i = 0; i < count; i++)
      encodeProtectionInformation(
        {
          guard: crc16T10Dif(blocks.subarray(i * blockLength, (i + 1) * blockLength)),
          applicationTag: this.applicationTagOf(lba + i) ?? 0xffff,
          referenceTag: this.#type === 1 ? (lba + i) % 2 ** 32 : 0xffff_ffff,
        },
        information,
        i * PROTECTION_LENGTH,
      );
    return information;
  }

  /** FORMAT UNIT has made the medium one of this type. Settles when the unit store has it. */
  formatted(type: ProtectionType): MaybePromise<void> {
    if (type === this.#type) return undefined;
    return andThen(this.#unit.memory.keep(SECTION, { type }), () => {
      this.#type = type;
    });
  }

  /**
   * Begins with what the unit store kept: what FORMAT UNIT made counts, not how the unit was made.
   *
   * @throws TypeError - that is damaged.
   */
  load(): void {
    const section = this.#unit.memory.section(SECTION);
    if (section === undefined) return;
    const { type } = section as { readonly type?: unknown };
    if (!isProtectionType(type) || (type !== 0 && !this.supported))
      throw new TypeError('The protection type in the unit store is damaged, or cannot be had.');
    this.#type = type;
  }
}

/** Whether something is a protection type. */
export const isProtectionType = (value: unknown): value is ProtectionType =>
  value === 0 || value === 1 || value === 2 || value === 3;

/** Protection information that says that nothing is to be checked: that of blocks without any data. */
export const unchecked = (blocks: number): Uint8Array =>
  new Uint8Array(blocks * PROTECTION_LENGTH).fill(0xff);

/** The forms of 32 bytes carry expected tags, and are there with type 2 protection only (SBC). */
export const formOfType2 = ({ protection }: LogicalUnit, { length }: CdbSpec): boolean =>
  length !== 32 || protection.type === 2;
