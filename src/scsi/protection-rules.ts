/** What the protection information of a command's blocks has to be (SBC, RDPROTECT and its like). */
import type { ExpectedTags } from '../cdb/block-io.ts';
import {
  crc16T10Dif,
  decodeProtectionInformation,
  encodeProtectionInformation,
  isUnchecked,
  PROTECTION_LENGTH,
  type ProtectionType,
} from '../cdb/protection-information.ts';
import type { CdbRequest } from '../cdb/spec.ts';
import {
  INVALID_COMMAND_OPERATION_CODE,
  LOGICAL_BLOCK_APPLICATION_TAG_CHECK_FAILED,
  LOGICAL_BLOCK_GUARD_CHECK_FAILED,
  LOGICAL_BLOCK_REFERENCE_TAG_CHECK_FAILED,
  SENSE_KEY,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import { invalidField, type Context } from './command.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { check, type Result } from './result.ts';

/** A command that has one of the protect fields. */
export interface ProtectedRequest {
  /** RDPROTECT, WRPROTECT, VRPROTECT or ORPROTECT, 0 to 7. */
  readonly protect: number;
}

/** Checks all fields, and for VERIFY compares all; larger codes are reserved. */
const CHECK_ALL = 5;

/** The code that does not check the guard, but the tags. */
const CHECK_TAGS = 2;

/** Which codes have the guard checked, and which the tags. */
const GUARD_CHECKED: readonly boolean[] = [true, true, false, false, true, true];
const TAGS_CHECKED: readonly boolean[] = [true, true, true, false, false, true];

/**
 * Refuses a protect field that is reserved, or asks for what the medium does not have; with type 2
 * all but the 32-byte forms, which can say what tags they expect (SBC).
 */
export function refuseProtect<R extends CdbRequest & ProtectedRequest>(
  { protect, op }: R,
  context: Context<R>,
): Result | undefined {
  if (protect === 0) return undefined;
  const { type } = context.unit.protection;
  if (type === 0 || protect > CHECK_ALL) return invalidField(context, 'protect' as never);
  if (type === 2 && (context.spec.length !== 32 || op === 'ORWRITE'))
    return check(INVALID_COMMAND_OPERATION_CODE, { fieldPointer: { in: 'cdb', byte: 0 } });
  return undefined;
}

/** What is checked, and against what. */
export interface ProtectionRules {
  /** The type of the medium. */
  readonly type: Exclude<ProtectionType, 0>;
  /** RDPROTECT or its like, 0 to 5. */
  readonly protect: number;
  /** The guard is checked. */
  readonly guard: boolean;
  /** The tags are checked, as far as it is known what they have to be. */
  readonly tags: boolean;
  /** What to add to an LBA for the reference tag of its block; undefined where that is not known. */
  readonly referenceOffset: number | undefined;
  /** The bits of the application tags that are checked. */
  readonly applicationTagMask: number;
  /** The application tag of a block; undefined where that is not known. */
  readonly applicationTagOf: (lba: number) => number | undefined;
}

/**
 * The rules for blocks from `lba` on; undefined where the medium has no protection information.
 *
 * @param expected - the tags of a 32-byte form.
 */
export function protectionRules(
  { protection, mode }: Pick<LogicalUnit, 'protection' | 'mode'>,
  protect: number,
  lba: number,
  expected: Partial<ExpectedTags> | undefined,
): ProtectionRules | undefined {
  const { type } = protection;
  if (type === 0) return undefined;
  const off = protect === 0 && mode.control.disableProtectionCheckIfZero;
  const known = type === 2 ? expected : undefined;
  const { expectedReferenceTag = 0, expectedApplicationTag, applicationTagMask = 0 } = known ?? {};
  return {
    type,
    protect,
    guard: !off && GUARD_CHECKED[protect] === true,
    tags: !off && TAGS_CHECKED[protect] === true,
    referenceOffset: type === 1 ? 0 : known && expectedReferenceTag - lba,
    applicationTagMask: known === undefined ? 0xffff : applicationTagMask,
    applicationTagOf: (of) =>
      known === undefined ? protection.applicationTagOf(of) : expectedApplicationTag,
  };
}

/** The rules for a command, from its request. */
export function rulesOf(
  request: ProtectedRequest & Partial<ExpectedTags>,
  { unit, spec }: Pick<Context, 'unit' | 'spec'>,
  lba: number,
): ProtectionRules | undefined {
  const hasTags = spec.length === 32 && request.expectedReferenceTag !== undefined;
  return protectionRules(unit, request.protect, lba, hasTags ? request : undefined);
}

const low32 = (value: number): number => ((value % 2 ** 32) + 2 ** 32) % 2 ** 32;

/**
 * Checks blocks against their protection information.
 *
 * @returns CHECK CONDITION with the LBA of the first block that fails in INFORMATION.
 */
export function checkProtection(
  rules: ProtectionRules,
  lba: number,
  blocks: Uint8Array,
  information: Uint8Array,
): Result | undefined {
  if (!rules.guard && !rules.tags) return undefined;
  const count = information.length / PROTECTION_LENGTH;
  const blockLength = blocks.length / count;
  for (let i = 0; i < count; i++) {
    const block = blocks.subarray(i * blockLength, (i + 1) * blockLength);
    const wrong = wrongField(rules, lba + i, block, information, i * PROTECTION_LENGTH);
    if (wrong !== undefined) return check(wrong, { information: lba + i });
  }
  return undefined;
}

function wrongField(
  { type, guard, tags, referenceOffset, applicationTagMask, applicationTagOf }: ProtectionRules,
  lba: number,
  block: Uint8Array,
  information: Uint8Array,
  at: number,
): SenseCondition | undefined {
  const own = decodeProtectionInformation(information, at);
  if (isUnchecked(own, type)) return undefined;
  if (guard && crc16T10Dif(block) !== own.guard) return LOGICAL_BLOCK_GUARD_CHECK_FAILED;
  if (!tags) return undefined;
  const tag = applicationTagOf(lba) ?? own.applicationTag;
  if (((own.applicationTag ^ tag) & applicationTagMask) !== 0)
    return LOGICAL_BLOCK_APPLICATION_TAG_CHECK_FAILED;
  if (referenceOffset !== undefined && own.referenceTag !== low32(lba + referenceOffset))
    return LOGICAL_BLOCK_REFERENCE_TAG_CHECK_FAILED;
  return undefined;
}

/**
 * Compares protection information with what was sent (SBC, VERIFY with BYTCHK 01b or 11b). The
 * application tags are the application client's (ATO), and with type 3 the reference tags too.
 *
 * @returns MISCOMPARE with the LBA of the first block that differs in INFORMATION.
 */
export function compareProtection(
  { type, protect }: ProtectionRules,
  lba: number,
  medium: Uint8Array,
  sent: Uint8Array,
): Result | undefined {
  const differs = (at: number): SenseCondition | undefined => {
    const a = decodeProtectionInformation(medium, at);
    const b = decodeProtectionInformation(sent, at);
    if (protect !== CHECK_TAGS && a.guard !== b.guard) return LOGICAL_BLOCK_GUARD_CHECK_FAILED;
    if (a.applicationTag !== b.applicationTag) return LOGICAL_BLOCK_APPLICATION_TAG_CHECK_FAILED;
    if ((type !== 3 || protect === CHECK_ALL) && a.referenceTag !== b.referenceTag)
      return LOGICAL_BLOCK_REFERENCE_TAG_CHECK_FAILED;
    return undefined;
  };
  for (let at = 0; at < medium.length; at += PROTECTION_LENGTH) {
    const wrong = differs(at);
    if (wrong !== undefined)
      return check(
        { ...wrong, key: SENSE_KEY.MISCOMPARE },
        { information: lba + at / PROTECTION_LENGTH },
      );
  }
  return undefined;
}

/**
 * The protection information of one block for a run of them, from the `from`-th on (SBC, WRITE SAME):
 * reference tags count up, but with type 3 and where all of it is FFh.
 */
export function repeatProtection(
  type: ProtectionType,
  information: Uint8Array,
  from: number,
  blocks: number,
): Uint8Array {
  const first = decodeProtectionInformation(information);
  const step = type === 3 || information.every((byte) => byte === 0xff) ? 0 : 1;
  const run = new Uint8Array(blocks * PROTECTION_LENGTH);
  for (let i = 0; i < blocks; i++) {
    const referenceTag = low32(first.referenceTag + step * (from + i));
    encodeProtectionInformation({ ...first, referenceTag }, run, i * PROTECTION_LENGTH);
  }
  return run;
}

/** Protection information with new guards: the blocks have changed, and keep their tags. */
export function resealed(blocks: Uint8Array, information: Uint8Array): Uint8Array {
  const sealed = information.slice();
  const blockLength = (blocks.length / information.length) * PROTECTION_LENGTH;
  for (let at = 0, i = 0; at < sealed.length; at += PROTECTION_LENGTH, i++) {
    const guard = crc16T10Dif(blocks.subarray(i * blockLength, (i + 1) * blockLength));
    encodeProtectionInformation({ ...decodeProtectionInformation(sealed, at), guard }, sealed, at);
  }
  return sealed;
}
