import { decodeCscd, decodeSegment, type Segment } from '../../cdb/copy-descriptors.ts';
import {
  COPY_LIST_HEADER_LENGTH,
  copyListField,
  splitCopyList,
  wrongLid4Header,
  type CopyListParts,
} from '../../cdb/copy-list.ts';
import { EXTENDED_COPY_16, type ExtendedCopy } from '../../cdb/extended-copy.ts';
import { andThen, isPromise, type MaybePromise } from '../../maybe-promise.ts';
import {
  INLINE_DATA_LENGTH_EXCEEDED,
  INVALID_FIELD_IN_PARAMETER_LIST,
  PARAMETER_LIST_LENGTH_ERROR,
  TOO_MANY_SEGMENT_DESCRIPTORS,
  TOO_MANY_TARGET_DESCRIPTORS,
  UNSUPPORTED_SEGMENT_DESCRIPTOR_TYPE_CODE,
  UNSUPPORTED_TARGET_DESCRIPTOR_TYPE_CODE,
} from '../../sense/codes.ts';
import type { SenseCondition } from '../../sense/sense-data.ts';
import {
  reservedListByte,
  type CommandSet,
  type Context,
  type ReservedListByte,
} from '../command.ts';
import { COPY_LIMITS } from '../copy-limits.ts';
import type { CopyOperation } from '../copy-operation.ts';
import { runSegment, type CopyParty } from '../copy-segment.ts';
import { check, GOOD, type Result } from '../result.ts';

type Form = 'LID1' | 'LID4';

/** LIST ID USAGE of a copy that has no list identifier, and the one that is reserved. */
const NO_LIST_ID = 3;
const RESERVED_USAGE = 1;

/** Reserved bytes and bits of the headers of both forms. */
const RESERVED: Readonly<Record<Form, readonly ReservedListByte[]>> = {
  LID1: [[1, 0xc0], 4, 5, 6, 7],
  LID4: [
    [1, 0xc0],
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    [15, 0xfc],
    17,
    18,
    19,
    24,
    25,
    26,
    27,
    28,
    29,
    30,
    31,
    32,
    33,
    34,
    35,
    36,
    37,
    38,
    39,
    40,
    41,
  ],
};

/**
 * EXTENDED COPY (SPC). The whole list is checked before anything is copied: of a list that is
 * refused, no block has been touched. What fails in a segment ends the copy with COPY ABORTED, and
 * the segments before it stand.
 */
export const extendedCopy: CommandSet<ExtendedCopy> = {
  'EXTENDED COPY(LID1)': {
    specs: [EXTENDED_COPY_16.LID1],
    reservation: 'writes',
    run: (request, context) => run('LID1', request, context),
  },
  'EXTENDED COPY(LID4)': {
    specs: [EXTENDED_COPY_16.LID4],
    reservation: 'writes',
    run: (request, context) => run('LID4', request, context),
  },
};

function run(
  form: Form,
  { parameterListLength: length }: ExtendedCopy,
  context: Context,
): MaybePromise<Result> {
  if (length === 0) return GOOD;
  const header = COPY_LIST_HEADER_LENGTH[form];
  if (length < header || length > header + COPY_LIMITS.descriptorListLength)
    return check(PARAMETER_LIST_LENGTH_ERROR);
  return andThen(context.dataOut(length), (bytes) => {
    const parts = bytes.length < length ? undefined : splitCopyList(form, bytes);
    if (parts === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
    const refused = reservedListByte(context, bytes, RESERVED[form]);
    if (refused !== undefined) return refused;
    const list = read(form, bytes, parts);
    if ('status' in list) return list;
    const { listIdUsage, listId, immed } = parts;
    const plan = {
      serviceAction: EXTENDED_COPY_16[form].serviceAction ?? 0,
      immed,
      ...(listIdUsage !== NO_LIST_ID && { listId }),
    };
    return context.unit.copies.begin(plan, context, (copy) => runAll(list, copy, context));
  });
}

/** The descriptors of a list, or why it is refused. */
interface ReadList {
  readonly parties: readonly CopyParty[];
  readonly segments: readonly Segment[];
}

function read(form: Form, bytes: Uint8Array, parts: CopyListParts): ReadList | Result {
  const wrong = form === 'LID4' ? wrongLid4Header(bytes) : undefined;
  if (wrong !== undefined) return refuse(INVALID_FIELD_IN_PARAMETER_LIST, wrong);
  if (parts.listIdUsage === RESERVED_USAGE) return refuse(INVALID_FIELD_IN_PARAMETER_LIST, 1, 4);
  const { cscds, segments, segmentsAt } = parts;
  if (cscds.length > COPY_LIMITS.cscdDescriptors)
    return refuse(TOO_MANY_TARGET_DESCRIPTORS, copyListField(form, 'cscds'));
  if (segments.length > COPY_LIMITS.segmentDescriptors)
    return refuse(TOO_MANY_SEGMENT_DESCRIPTORS, copyListField(form, 'segments'));
  if (parts.descriptorsLength > COPY_LIMITS.descriptorListLength)
    return check(PARAMETER_LIST_LENGTH_ERROR);
  // No segment that this unit knows takes inline data.
  if (parts.inlineLength > 0)
    return refuse(INLINE_DATA_LENGTH_EXCEEDED, copyListField(form, 'inline'));
  const parties: CopyParty[] = [];
  for (const [i, cscd] of cscds.entries()) {
    const party = decodeCscd(cscd);
    const at = COPY_LIST_HEADER_LENGTH[form] + i * cscd.length;
    if (party === undefined) return refuse(UNSUPPORTED_TARGET_DESCRIPTOR_TYPE_CODE, at);
    parties.push(party);
  }
  const decoded: Segment[] = [];
  let at = segmentsAt;
  for (const segment of segments) {
    const value = decodeSegment(segment);
    if (value === 'type') return refuse(UNSUPPORTED_SEGMENT_DESCRIPTOR_TYPE_CODE, at);
    if (value === 'length') return refuse(INVALID_FIELD_IN_PARAMETER_LIST, at + 2);
    decoded.push(value);
    at += segment.length;
  }
  return { parties, segments: decoded };
}

const refuse = (condition: SenseCondition, byte: number, bit?: number): Result =>
  check(condition, { fieldPointer: { in: 'data', byte, ...(bit !== undefined && { bit }) } });

/** One segment after the other, in the same tick as long as the backends answer in it. */
function runAll(
  { parties, segments }: ReadList,
  copy: CopyOperation,
  context: Context,
  first = 0,
): MaybePromise<Result> {
  for (let i = first; i < segments.length; i++) {
    const segment = segments[i];
    if (segment === undefined) break;
    const failed = runSegment(segment, i, { parties, copy, context });
    const next = (result: Result | undefined): Result | undefined => {
      if (result === undefined) copy.segmentsProcessed++;
      return result;
    };
    if (isPromise(failed))
      return failed.then(
        (result) => next(result) ?? runAll({ parties, segments }, copy, context, i + 1),
      );
    const result = next(failed);
    if (result !== undefined) return result;
  }
  return GOOD;
}
