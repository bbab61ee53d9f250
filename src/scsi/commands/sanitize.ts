import {
  decodeSanitizeOverwriteList,
  SANITIZE_10,
  SANITIZE_OVERWRITE_HEADER_LENGTH,
  type SanitizeOf,
  type SanitizeOverwriteList,
} from '../../cdb/sanitize.ts';
import { andThen } from '../../maybe-promise.ts';
import {
  INVALID_FIELD_IN_CDB,
  INVALID_FIELD_IN_PARAMETER_LIST,
  PARAMETER_LIST_LENGTH_ERROR,
} from '../../sense/codes.ts';
import { invalidField, reservedListByte, type Command, type Context } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { hexOf } from '../hex.ts';
import type { OperationPlan } from '../operation-plan.ts';
import { runOperation } from '../run-operation.ts';
import { check, GOOD, type Result } from '../result.ts';

type Erasing = 'OVERWRITE' | 'BLOCK ERASE' | 'CRYPTOGRAPHIC ERASE';

const ERASING = {
  reservation: 'writes',
  endsSelfTest: true,
  needsMedium: true,
  writes: true,
  passesOperation: 'failed',
} as const;

/** SANITIZE, OVERWRITE (SBC): writes a pattern to every block, as often as is wanted. */
export const sanitizeOverwrite: Command<SanitizeOf<'OVERWRITE'>> = {
  ...ERASING,
  specs: [SANITIZE_10.OVERWRITE],
  run(request, context) {
    const refused = refuse(request, context);
    if (refused !== undefined) return refused;
    const { parameterListLength: length } = request;
    const { blockLength } = context.unit.medium;
    if (
      length <= SANITIZE_OVERWRITE_HEADER_LENGTH ||
      length > SANITIZE_OVERWRITE_HEADER_LENGTH + blockLength
    )
      return invalidField(context, 'parameterListLength');
    return andThen(context.dataOut(length), (bytes) => {
      if (bytes.length < length) return check(PARAMETER_LIST_LENGTH_ERROR);
      const refused = reservedListByte(context, bytes, [1]);
      if (refused !== undefined) return refused;
      const list = decodeSanitizeOverwriteList(bytes);
      if (list === undefined) return invalidList(2);
      if (list.test !== 0) return invalidList(0, 6);
      if (list.overwriteCount === 0) return invalidList(0, 4);
      const plan = { ...overwritePlan(list), unrestrictedExit: request.allowUnrestrictedExit };
      return runOperation(plan, request.immed, context);
    });
  },
};

/** SANITIZE, BLOCK ERASE (SBC): the blocks are unmapped, or zeros where the disk is not thin. */
export const sanitizeBlockErase: Command<SanitizeOf<'BLOCK ERASE'>> = {
  ...ERASING,
  specs: [SANITIZE_10['BLOCK ERASE']],
  run: (request, context) => erase(request, context),
};

/**
 * SANITIZE, CRYPTOGRAPHIC ERASE (SBC). There is no key to be thrown away: it does what BLOCK ERASE
 * does.
 */
export const sanitizeCryptographicErase: Command<SanitizeOf<'CRYPTOGRAPHIC ERASE'>> = {
  ...ERASING,
  specs: [SANITIZE_10['CRYPTOGRAPHIC ERASE']],
  run: (request, context) => erase(request, context),
};

/** SANITIZE, EXIT FAILURE MODE (SBC): ends the state after a SANITIZE with AUSE that failed. */
export const sanitizeExitFailureMode: Command<SanitizeOf<'EXIT FAILURE MODE'>> = {
  specs: [SANITIZE_10['EXIT FAILURE MODE']],
  reservation: 'writes',
  passesOperation: 'failed',
  run(request, context) {
    const { operation } = context.unit;
    if (request.zoneNoReset) return invalidField(context, 'zoneNoReset');
    if (request.parameterListLength !== 0) return invalidField(context, 'parameterListLength');
    // After a failure in the restricted completion mode the service action cannot be had.
    if (operation.restricted)
      return check(INVALID_FIELD_IN_CDB, { fieldPointer: { in: 'cdb', byte: 1, bit: 4 } });
    return andThen(operation.exitFailureMode(), () => GOOD);
  },
};

function erase<A extends 'BLOCK ERASE' | 'CRYPTOGRAPHIC ERASE'>(
  request: SanitizeOf<A>,
  context: Context<SanitizeOf<A>>,
): ReturnType<Command['run']> {
  const refused = refuse(request, context);
  if (refused !== undefined) return refused;
  if (request.parameterListLength !== 0) return invalidField(context, 'parameterListLength');
  const plan = { ...erasePlan(context.unit), unrestrictedExit: request.allowUnrestrictedExit };
  return runOperation(plan, request.immed, context);
}

function refuse<A extends Erasing>(
  request: SanitizeOf<A>,
  context: Context<SanitizeOf<A>>,
): Result | undefined {
  // There are no zones.
  if (request.zoneNoReset) return invalidField(context, 'zoneNoReset');
  // After a failure in the restricted completion mode there is no way back to the other.
  if (request.allowUnrestrictedExit && context.unit.operation.restricted)
    return invalidField(context, 'allowUnrestrictedExit');
  return undefined;
}

const invalidList = (byte: number, bit?: number): Result =>
  check(INVALID_FIELD_IN_PARAMETER_LIST, {
    fieldPointer: bit === undefined ? { in: 'data', byte } : { in: 'data', byte, bit },
  });

type SanitizePlan = Omit<OperationPlan, 'unrestrictedExit'>;

const overwritePlan = (list: SanitizeOverwriteList): SanitizePlan => ({
  kind: 'sanitize',
  writes: list.overwriteCount,
  pattern: hexOf(list.pattern),
  invert: list.invert,
  unmap: false,
});

/** Afterwards every block reads as zeros, whatever the backend says of those that are unmapped. */
function erasePlan({ settings, medium }: LogicalUnit): SanitizePlan {
  const zeros = medium.backend.unmappedReadsZeros === true;
  return {
    kind: 'sanitize',
    writes: settings.thin && zeros ? 0 : 1,
    pattern: '00',
    invert: false,
    unmap: settings.thin,
  };
}
