import {
  encodeCopyFailureDetails,
  encodeCopyOperatingParameters,
  encodeCopyStatus1,
  encodeCopyStatus4,
  encodeRodTokenInformation,
  TRANSFER_COUNT_UNITS,
  type CopyStatus4,
} from '../../cdb/receive-copy-data.ts';
import {
  RECEIVE_COPY_RESULTS_16,
  type ReceiveCopyAction,
  type ReceiveCopyOf,
  type ReceiveCopyResults,
} from '../../cdb/receive-copy-results.ts';
import { encodeSense } from '../../sense/encode.ts';
import { invalidField, type CommandSet, type Context } from '../command.ts';
import { COPY_DESCRIPTOR_CODES, COPY_LIMITS } from '../copy-limits.ts';
import type { CopyOperation } from '../copy-operation.ts';
import { good, type Result } from '../result.ts';
import { STATUS } from '../status.ts';

/** COPY COMMAND STATUS of RECEIVE COPY STATUS(LID1). */
const STATUS_1 = { inProgress: 0, completed: 1, failed: 2 } as const;

/** ESTIMATED STATUS UPDATE DELAY: nothing can be said. */
const UNKNOWN_DELAY = 0xffff_ffff;

/** RECEIVE COPY RESULTS (SPC), by service action. */
export const receiveCopyResults: CommandSet<ReceiveCopyResults> = {
  'RECEIVE COPY STATUS(LID1)': {
    specs: [RECEIVE_COPY_RESULTS_16['RECEIVE COPY STATUS(LID1)']],
    reservation: 'reads',
    run: (request, context) => ofCopy(request, context, status1),
  },
  'RECEIVE COPY OPERATING PARAMETERS': {
    specs: [RECEIVE_COPY_RESULTS_16['RECEIVE COPY OPERATING PARAMETERS']],
    reservation: 'reads',
    run: () => good(OPERATING_PARAMETERS.slice()),
  },
  'RECEIVE COPY FAILURE DETAILS(LID1)': {
    specs: [RECEIVE_COPY_RESULTS_16['RECEIVE COPY FAILURE DETAILS(LID1)']],
    reservation: 'reads',
    run: (request, context) =>
      ofCopy(request, context, (copy) => encodeCopyFailureDetails(senseOf(copy, context))),
  },
  'RECEIVE COPY STATUS(LID4)': {
    specs: [RECEIVE_COPY_RESULTS_16['RECEIVE COPY STATUS(LID4)']],
    reservation: 'reads',
    run: (request, context) =>
      ofCopy(request, context, (copy) => encodeCopyStatus4(status4(copy, context))),
  },
  'RECEIVE ROD TOKEN INFORMATION': {
    specs: [RECEIVE_COPY_RESULTS_16['RECEIVE ROD TOKEN INFORMATION']],
    reservation: 'reads',
    run: (request, context) =>
      ofCopy(request, context, (copy) => {
        const blocks = Math.floor(copy.bytes / context.unit.medium.blockLength);
        const counted = { transferCountUnits: TRANSFER_COUNT_UNITS.BLOCKS, transferCount: blocks };
        return encodeRodTokenInformation({ ...status4(copy, context), ...counted }, copy.token);
      }),
  },
};

const OPERATING_PARAMETERS = encodeCopyOperatingParameters(
  {
    supportsNoListId: true,
    maxCscdDescriptors: COPY_LIMITS.cscdDescriptors,
    maxSegmentDescriptors: COPY_LIMITS.segmentDescriptors,
    maxDescriptorListLength: COPY_LIMITS.descriptorListLength,
    maxSegmentLength: COPY_LIMITS.segmentLength,
    totalConcurrentCopies: COPY_LIMITS.concurrentCopies,
    maxConcurrentCopies: COPY_LIMITS.concurrentCopies,
  },
  COPY_DESCRIPTOR_CODES,
);

function ofCopy<A extends ReceiveCopyAction>(
  request: ReceiveCopyOf<A>,
  context: Context<ReceiveCopyOf<A>>,
  data: (copy: CopyOperation) => Uint8Array,
): Result {
  const copy = context.unit.copies.find(context.nexus, request.listId);
  return copy === undefined ? invalidField(context, 'listId') : good(data(copy));
}

function status1(copy: CopyOperation): Uint8Array {
  const { result, segmentsProcessed } = copy;
  // The count has 32 bits: the smallest unit, 1024^n bytes, in which it fits.
  let units = 0;
  let count = copy.bytes;
  for (; count > 0xffff_ffff; count = Math.floor(count / 1024)) units++;
  return encodeCopyStatus1({
    status:
      result === undefined
        ? STATUS_1.inProgress
        : result.status === STATUS.GOOD
          ? STATUS_1.completed
          : STATUS_1.failed,
    segmentsProcessed,
    transferCountUnits: units,
    transferCount: count,
  });
}

function status4(copy: CopyOperation, context: Context): CopyStatus4 {
  return {
    serviceAction: copy.plan.serviceAction,
    status: copy.status,
    operationCounter: copy.pieces % 0x1_0000,
    updateDelay: UNKNOWN_DELAY,
    completionStatus: copy.result?.status ?? 0,
    transferCountUnits: TRANSFER_COUNT_UNITS.BYTES,
    transferCount: copy.bytes,
    segmentsProcessed: copy.segmentsProcessed,
    sense: senseOf(copy, context) ?? new Uint8Array(0),
  };
}

/** The sense data that a copy ended with, in the format of today. */
function senseOf({ result }: CopyOperation, { unit }: Context): Uint8Array | undefined {
  if (result?.sense === undefined) return undefined;
  return encodeSense(result.sense, unit.descriptorSense ? 'descriptor' : 'fixed');
}
