import { getU16 } from '../../bytes.ts';
import {
  decodeFormatUnitList,
  FORMAT_UNIT_6,
  FORMAT_UNIT_LONG_HEADER,
  FORMAT_UNIT_SHORT_HEADER,
  formatUnitHeaderLength,
  formatUnitReservedMask,
  PATTERN_HEADER_LENGTH,
  type FormatUnit,
  type FormatUnitHeader,
  type FormatUnitList,
} from '../../cdb/format-unit.ts';
import type { ProtectionType } from '../../cdb/protection-information.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import {
  INVALID_FAST_FORMAT,
  INVALID_FIELD_IN_PARAMETER_LIST,
  PARAMETER_LIST_LENGTH_ERROR,
} from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { hexOf } from '../hex.ts';
import type { OperationPlan } from '../operation-plan.ts';
import { check, type Result } from '../result.ts';
import { runOperation } from '../run-operation.ts';

/** DEFECT LIST FORMAT of short and long blocks, bytes from index and physical sectors; others are reserved. */
const DEFECT_LIST_FORMATS = [0, 3, 4, 5];

/** INITIALIZATION PATTERN TYPE: the pattern of the list, repeated. */
const REPEAT = 1;

/**
 * FORMAT UNIT (SBC): unmaps all blocks of a thin disk, writes zeros or the initialization pattern
 * to others, with protection information of FFh. A fast format leaves the blocks of a disk that is not
 * thin alone, so it cannot change their protection type. There are no defects.
 */
export const formatUnit: Command<FormatUnit> = {
  specs: [FORMAT_UNIT_6],
  reservation: 'writes',
  endsSelfTest: true,
  needsMedium: true,
  writes: true,
  passesOperation: 'failed format',
  run(request, context) {
    const { longList, formatData, defectListFormat } = request;
    const { supported } = context.unit.protection;
    const types = supported ? PROTECTION_TYPES : NO_PROTECTION_TYPES;
    if (types[request.protectionInformation] === undefined)
      return invalidField(context, 'protectionInformation');
    if (request.fastFormat > 2) return invalidField(context, 'fastFormat');
    if (!formatData) {
      if (request.completeList) return invalidField(context, 'completeList');
      if (defectListFormat !== 0) return invalidField(context, 'defectListFormat');
      return begin(request, undefined, context);
    }
    if (!DEFECT_LIST_FORMATS.includes(defectListFormat))
      return invalidField(context, 'defectListFormat');
    // The list itself says how long it is. More than this it cannot be without defects.
    const header = formatUnitHeaderLength(longList);
    const most = header + PATTERN_HEADER_LENGTH + context.unit.medium.blockLength;
    const { dataOutLength = most } = context.task;
    if (dataOutLength < header) return check(PARAMETER_LIST_LENGTH_ERROR);
    return andThen(context.dataOut(Math.min(dataOutLength, most)), (bytes) => {
      const list = decodeFormatUnitList(longList, bytes);
      if (list === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
      const refused =
        refuseHeader(list.header, request, bytes, context) ??
        refusePattern(list, request, bytes, context);
      return refused ?? begin(request, list, context);
    });
  },
};

/** FMTPINFO: the protection types that it stands for, by PROTECTION FIELD USAGE (SBC); reserved: none. */
const PROTECTION_TYPES: readonly (readonly ProtectionType[] | undefined)[] = [
  [0],
  undefined,
  [1],
  [2, 3],
];

/** The same where there can be no protection information. */
const NO_PROTECTION_TYPES: typeof PROTECTION_TYPES = [[0]];

const protectionTypeOf = (
  { protectionInformation }: FormatUnit,
  usage: number,
): ProtectionType | undefined => PROTECTION_TYPES[protectionInformation]?.[usage];

function begin(
  request: FormatUnit,
  list: FormatUnitList | undefined,
  context: Context<FormatUnit>,
): MaybePromise<Result> {
  const { protection } = context.unit;
  const plan = planOf(request, list, context);
  // What is left alone was made for the type that it has.
  const untouched = plan.writes === 0 && !plan.unmap;
  if (untouched && plan.protectionType !== protection.type) return check(INVALID_FAST_FORMAT);
  return runOperation(plan, list?.header.immed === true, context);
}

const OPTIONS = [
  'disablePrimary',
  'disableCertification',
  'stopFormat',
  'initializationPattern',
] as const;

function refuseHeader(
  header: FormatUnitHeader,
  request: FormatUnit,
  bytes: Uint8Array,
  { unit: { settings } }: Context,
): Result | undefined {
  const { longList } = request;
  const layout = longList ? FORMAT_UNIT_LONG_HEADER : FORMAT_UNIT_SHORT_HEADER;
  if (settings.strict) {
    for (const [byte, mask] of formatUnitReservedMask(longList).entries()) {
      const set = (bytes[byte] ?? 0) & mask;
      if (set !== 0) return invalidList(byte, 31 - Math.clz32(set));
    }
  }
  if (protectionTypeOf(request, header.protectionFieldUsage) === undefined)
    return invalidList(0, 2);
  if (!header.optionsValid)
    for (const name of OPTIONS) {
      const [, byte, bit] = layout[name];
      if (header[name]) return invalidList(Number(byte), bit);
    }
  if (header.protectionIntervalInformation !== 0) return invalidList(3, 7);
  if (header.protectionIntervalExponent !== 0) return invalidList(3, 3);
  if (header.defectListLength !== 0) return invalidList(longList ? 4 : 2);
  return undefined;
}

function refusePattern(
  { header, pattern }: FormatUnitList,
  { longList, fastFormat }: FormatUnit,
  bytes: Uint8Array,
  { unit: { medium, settings } }: Context,
): Result | undefined {
  if (!header.initializationPattern) return undefined;
  // A pattern has to be written, and a fast format does not write.
  if (fastFormat !== 0) return check(INVALID_FAST_FORMAT);
  const at = formatUnitHeaderLength(longList);
  if (getU16(bytes, at + 2) > medium.blockLength) return invalidList(at + 2);
  if (pattern === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
  const reserved = (bytes[at] ?? 0) & 0x1f;
  if (settings.strict && reserved !== 0) return invalidList(at, 31 - Math.clz32(reserved));
  if (pattern.patternType > REPEAT) return invalidList(at + 1);
  const wantsBytes = pattern.patternType === REPEAT;
  return wantsBytes === pattern.pattern.length > 0 ? undefined : invalidList(at + 2);
}

const invalidList = (byte: number, bit?: number): Result =>
  check(INVALID_FIELD_IN_PARAMETER_LIST, {
    fieldPointer: bit === undefined ? { in: 'data', byte } : { in: 'data', byte, bit },
  });

function planOf(
  request: FormatUnit,
  list: FormatUnitList | undefined,
  { unit }: Context,
): OperationPlan & Required<Pick<OperationPlan, 'protectionType'>> {
  const { fastFormat } = request;
  const pattern = list?.pattern;
  const { thin } = unit.settings;
  // A default pattern that nobody asked to be safe is what unmapped blocks hold.
  const written =
    pattern !== undefined && (pattern.patternType === REPEAT || pattern.securityInitialize);
  return {
    kind: 'format',
    unrestrictedExit: true,
    writes: written || (fastFormat === 0 && !thin) ? 1 : 0,
    pattern: pattern !== undefined && pattern.pattern.length > 0 ? hexOf(pattern.pattern) : '00',
    invert: false,
    unmap: thin && pattern?.patternType !== REPEAT,
    protectionType: protectionTypeOf(request, list?.header.protectionFieldUsage ?? 0) ?? 0,
  };
}
