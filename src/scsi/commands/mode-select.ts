import { MODE_SELECT_10, MODE_SELECT_6, type ModeSelect } from '../../cdb/mode-select.ts';
import { andThen, isPromise, type MaybePromise } from '../../maybe-promise.ts';
import { modeHeaderLength } from '../../mode/header.ts';
import {
  decodeModeParameterList,
  type DecodedModeParameterList,
  type PlacedModePage,
} from '../../mode/parameter-list.ts';
import {
  INVALID_FIELD_IN_PARAMETER_LIST,
  MODE_PARAMETERS_CHANGED,
  PARAMETER_LIST_LENGTH_ERROR,
} from '../../sense/codes.ts';
import { invalidField, reservedListByte, type Command, type Context } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { MODE_PAGES, modePagesOf, type UnitModePage } from '../mode-pages.ts';
import { seenThrough, type ModeParameters } from '../mode-parameters.ts';
import { check, GOOD, type Result } from '../result.ts';

/** NUMBER OF LOGICAL BLOCKS of a short block descriptor: as many as there are (SBC). */
const ALL_BLOCKS = 0xffff_ffff;

/**
 * MODE SELECT (SPC). The whole list is checked before the first value changes; the other initiators
 * are told only if one did.
 */
export const modeSelect: Command<ModeSelect> = {
  specs: [MODE_SELECT_6, MODE_SELECT_10],
  reservation: 'writes',
  passesAccessState: 'standby',
  flushes: true,
  run(request, context) {
    const { unit, nexus } = context;
    const { savePages, revertToDefaults, parameterListLength } = request;
    if (savePages && !unit.memory.durable) return invalidField(context, 'savePages');
    if (revertToDefaults) {
      // The list would say the opposite.
      if (parameterListLength !== 0) return invalidField(context, 'parameterListLength');
      return apply(unit.modeValues.defaults, savePages, context);
    }
    if (parameterListLength === 0) return apply({}, savePages, context);
    if (!request.pageFormat) return invalidField(context, 'pageFormat');
    return andThen(context.dataOut(parameterListLength), (bytes) => {
      if (bytes.length < parameterListLength) return check(PARAMETER_LIST_LENGTH_ERROR);
      const list = decodeModeParameterList(bytes, request.cdbLength, 'select');
      if (list === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
      const refused = refuseHeader(bytes, list, request.cdbLength, context);
      if (refused !== undefined) return refused;
      const values: { -readonly [K in keyof ModeParameters]?: ModeParameters[K] } = {};
      for (const page of list.pages) {
        const own = modePagesOf(unit.settings).find(
          ({ pageCode, subpage }) => pageCode === page.pageCode && subpage === page.subpage,
        );
        if (own === undefined) return refuseAt(page.offset, 5);
        const problem = refusePage(page, own, seenThrough(unit.mode, nexus.port), unit);
        if (problem !== undefined) return problem;
        if (own.changeableNames.length > 0) Object.assign(values, own.decode(page.bytes));
      }
      if (list.truncatedAt !== undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
      return apply(values, savePages, context);
    });
  },
};

const refuseAt = (byte: number, bit?: number): Result =>
  check(INVALID_FIELD_IN_PARAMETER_LIST, {
    fieldPointer: bit === undefined ? { in: 'data', byte } : { in: 'data', byte, bit },
  });

/**
 * MODE DATA LENGTH and the device-specific parameter are not looked at: what MODE SENSE answered
 * may come back as it is.
 */
function refuseHeader(
  bytes: Uint8Array,
  list: DecodedModeParameterList,
  form: 6 | 10,
  context: Context<ModeSelect>,
): Result | undefined {
  const { medium } = context.unit;
  if (list.mediumType !== 0) return refuseAt(form === 6 ? 1 : 2);
  const { blockDescriptorLength, blockDescriptors, longLba } = list;
  const reserved = form === 10 && reservedListByte(context, bytes, [[4, 0xfe], 5]);
  if (reserved) return reserved;
  if (blockDescriptorLength === 0) return undefined;
  const size = longLba ? 16 : 8;
  const header = modeHeaderLength(form);
  if (blockDescriptorLength !== size) return refuseAt(form === 6 ? 3 : 6);
  const descriptor = blockDescriptors[0];
  if (descriptor === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
  const wrong = reservedListByte(context, bytes, longLba ? [8, 9, 10, 11] : [4], header);
  if (wrong !== undefined) return wrong;
  // Another capacity or block length would take FORMAT UNIT.
  const { blocks, blockLength } = descriptor;
  const unchanged = blocks === 0 || blocks === medium.blocks;
  const all = longLba
    ? bytes.subarray(header, header + 8).every((byte) => byte === 0xff)
    : blocks === ALL_BLOCKS;
  if (!unchanged && !all) return refuseAt(header);
  if (blockLength !== medium.blockLength) return refuseAt(header + (longLba ? 12 : 5));
  return undefined;
}

/** Finds the first bit that cannot be changed and would be. PS is reserved here, and not looked at. */
function refusePage(
  page: PlacedModePage,
  own: UnitModePage,
  current: ModeParameters,
  unit: LogicalUnit,
): Result | undefined {
  const now = own.encode(current);
  const { bytes, offset } = page;
  const { headerLength } = own;
  const subpageFormat = ((bytes[0] ?? 0) & 0x40) !== 0;
  if (subpageFormat !== headerLength > 2) return refuseAt(offset, 6);
  if (bytes.length !== now.length) return refuseAt(offset + headerLength / 2);
  const changeable = own.changeable();
  for (let i = headerLength; i < now.length; i++) {
    const wrong = ((bytes[i] ?? 0) ^ (now[i] ?? 0)) & ~(changeable[i] ?? 0);
    if (wrong !== 0) return refuseAt(offset + i, 31 - Math.clz32(wrong));
  }
  const mismatch = own.mismatch?.(bytes, unit);
  return mismatch === undefined ? undefined : refuseAt(offset + mismatch);
}

/** Makes values current, and saves them where that is wanted; all of it or nothing. */
function apply(
  values: Partial<ModeParameters>,
  save: boolean,
  context: Context<ModeSelect>,
): MaybePromise<Result> {
  const { unit, nexus } = context;
  const before = unit.mode;
  const undo = unit.modeValues.change(values);
  const after = unit.mode;
  const settle = (): MaybePromise<Result> => {
    // What was written while there was a cache is safe when the cache is gone.
    const emptied = before.caching.writebackCacheEnable && !after.caching.writebackCacheEnable;
    return andThen(emptied ? unit.medium.flush() : undefined, () =>
      andThen(save ? unit.modeValues.save(unit.memory) : undefined, () => {
        if (differ(before, after))
          unit.establish(MODE_PARAMETERS_CHANGED, (other) => other !== nexus);
        if (before.powerCondition !== after.powerCondition) unit.power.restart();
        if (before.informationalExceptions !== after.informationalExceptions)
          unit.exceptions.restart();
        return GOOD;
      }),
    );
  };
  try {
    const settled = settle();
    if (!isPromise(settled)) return settled;
    return settled.catch((error: unknown) => {
      undo();
      throw error;
    });
  } catch (error) {
    undo();
    throw error;
  }
}

const differ = (a: ModeParameters, b: ModeParameters): boolean =>
  MODE_PAGES.some((page) => {
    const bytes = page.encode(b);
    return page.encode(a).some((byte, i) => byte !== bytes[i]);
  });
