/**
 * CDBs and requests, both ways: what the bytes of a command mean, with no device behind it.
 *
 * @packageDocumentation
 */
import {
  cdbForm,
  decodeForm,
  encodeForm,
  indexByOpcode,
  isUndecodable,
  type CdbForm,
  type Undecodable,
} from './codec.ts';
import { COMPARE_AND_WRITE_16, type CompareAndWrite } from './compare-and-write.ts';
import {
  RECEIVE_DIAGNOSTIC_RESULTS_6,
  SEND_DIAGNOSTIC_6,
  type ReceiveDiagnosticResults,
  type SendDiagnostic,
} from './diagnostic.ts';
import {
  READ_BUFFER_10,
  READ_BUFFER_16,
  WRITE_BUFFER_10,
  type ReadBuffer,
  type WriteBuffer,
} from './buffer.ts';
import { COPY_OPERATION_ABORT_16, type CopyOperationAbort } from './copy-operation-abort.ts';
import { EXTENDED_COPY_16, type ExtendedCopy } from './extended-copy.ts';
import { FORMAT_UNIT_6, type FormatUnit } from './format-unit.ts';
import { GET_LBA_STATUS_16, GET_LBA_STATUS_32, type GetLbaStatus } from './get-lba-status.ts';
import {
  REPORT_IDENTIFYING_INFORMATION_12,
  SET_IDENTIFYING_INFORMATION_12,
  type ReportIdentifyingInformation,
  type SetIdentifyingInformation,
} from './identifying-information.ts';
import { INQUIRY_6, type Inquiry } from './inquiry.ts';
import { LOG_SELECT_10, type LogSelect } from './log-select.ts';
import { LOG_SENSE_10, type LogSense } from './log-sense.ts';
import { MODE_SELECT_10, MODE_SELECT_6, type ModeSelect } from './mode-select.ts';
import { MODE_SENSE_10, MODE_SENSE_6, type ModeSense } from './mode-sense.ts';
import { ORWRITE_16, ORWRITE_32, type Orwrite } from './orwrite.ts';
import { PRE_FETCH_10, PRE_FETCH_16, type PreFetch } from './pre-fetch.ts';
import { PERSISTENT_RESERVE_IN_10, type PersistentReserveIn } from './persistent-reserve-in.ts';
import { PERSISTENT_RESERVE_OUT_10, type PersistentReserveOut } from './persistent-reserve-out.ts';
import {
  PREVENT_ALLOW_MEDIUM_REMOVAL_6,
  type PreventAllowMediumRemoval,
} from './prevent-allow-medium-removal.ts';
import {
  READ_CAPACITY_10,
  READ_CAPACITY_16,
  type ReadCapacity10,
  type ReadCapacity16,
} from './read-capacity.ts';
import {
  READ_DEFECT_DATA_10,
  READ_DEFECT_DATA_12,
  type ReadDefectData,
} from './read-defect-data.ts';
import { READ_LONG_10, READ_LONG_16, type ReadLong } from './read-long.ts';
import { RECEIVE_COPY_RESULTS_16, type ReceiveCopyResults } from './receive-copy-results.ts';
import { READ_10, READ_12, READ_16, READ_32, READ_6, type Read } from './read.ts';
import { REASSIGN_BLOCKS_6, type ReassignBlocks } from './reassign-blocks.ts';
import { RELEASE_10, RELEASE_6, type Release } from './release.ts';
import { REPORT_LUNS_12, type ReportLuns } from './report-luns.ts';
import {
  REPORT_SUPPORTED_OPERATION_CODES_12,
  type ReportSupportedOperationCodes,
} from './report-supported-operation-codes.ts';
import {
  REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS_12,
  type ReportSupportedTaskManagementFunctions,
} from './report-supported-task-management-functions.ts';
import { REQUEST_SENSE_6, type RequestSense } from './request-sense.ts';
import { RESERVE_10, RESERVE_6, type Reserve } from './reserve.ts';
import {
  SECURITY_PROTOCOL_IN_12,
  SECURITY_PROTOCOL_OUT_12,
  type SecurityProtocolIn,
  type SecurityProtocolOut,
} from './security-protocol.ts';
import {
  POPULATE_TOKEN_16,
  WRITE_USING_TOKEN_16,
  type PopulateToken,
  type WriteUsingToken,
} from './rod-token.ts';
import { REPORT_ALL_ROD_TOKENS_16, type ReportAllRodTokens } from './report-all-rod-tokens.ts';
import { SANITIZE_10, type Sanitize } from './sanitize.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';
import { START_STOP_UNIT_6, type StartStopUnit } from './start-stop-unit.ts';
import {
  SYNCHRONIZE_CACHE_10,
  SYNCHRONIZE_CACHE_16,
  type SynchronizeCache,
} from './synchronize-cache.ts';
import {
  REPORT_PRIORITY_12,
  SET_PRIORITY_12,
  type ReportPriority,
  type SetPriority,
} from './priority.ts';
import {
  REPORT_TIMESTAMP_12,
  SET_TIMESTAMP_12,
  type ReportTimestamp,
  type SetTimestamp,
} from './timestamp.ts';
import {
  REPORT_TARGET_PORT_GROUPS_12,
  SET_TARGET_PORT_GROUPS_12,
  type ReportTargetPortGroups,
  type SetTargetPortGroups,
} from './target-port-groups.ts';
import { TEST_UNIT_READY_6, type TestUnitReady } from './test-unit-ready.ts';
import { UNMAP_10, type Unmap } from './unmap.ts';
import { VERIFY_10, VERIFY_12, VERIFY_16, VERIFY_32, type Verify } from './verify.ts';
import {
  WRITE_AND_VERIFY_10,
  WRITE_AND_VERIFY_12,
  WRITE_AND_VERIFY_16,
  WRITE_AND_VERIFY_32,
  type WriteAndVerify,
} from './write-and-verify.ts';
import { WRITE_ATOMIC_16, type WriteAtomic } from './write-atomic.ts';
import { WRITE_LONG_10, WRITE_LONG_16, type WriteLong } from './write-long.ts';
import { WRITE_SAME_10, WRITE_SAME_16, WRITE_SAME_32, type WriteSame } from './write-same.ts';
import { WRITE_SCATTERED_16, WRITE_SCATTERED_32, type WriteScattered } from './write-scattered.ts';
import { WRITE_10, WRITE_12, WRITE_16, WRITE_32, WRITE_6, type Write } from './write.ts';

/** Every request that a direct-access block device of this library understands. */
export type Request =
  | CompareAndWrite
  | CopyOperationAbort
  | ExtendedCopy
  | FormatUnit
  | GetLbaStatus
  | Inquiry
  | LogSelect
  | LogSense
  | ModeSelect
  | ModeSense
  | Orwrite
  | PersistentReserveIn
  | PersistentReserveOut
  | PopulateToken
  | PreFetch
  | PreventAllowMediumRemoval
  | Read
  | ReadBuffer
  | ReadCapacity10
  | ReadCapacity16
  | ReadDefectData
  | ReadLong
  | ReassignBlocks
  | ReceiveDiagnosticResults
  | ReceiveCopyResults
  | Release
  | ReportAllRodTokens
  | ReportIdentifyingInformation
  | ReportLuns
  | ReportSupportedOperationCodes
  | ReportSupportedTaskManagementFunctions
  | ReportPriority
  | ReportTimestamp
  | RequestSense
  | Reserve
  | Sanitize
  | SecurityProtocolIn
  | SecurityProtocolOut
  | SendDiagnostic
  | SetIdentifyingInformation
  | SetPriority
  | SetTimestamp
  | StartStopUnit
  | SynchronizeCache
  | ReportTargetPortGroups
  | SetTargetPortGroups
  | TestUnitReady
  | Unmap
  | Verify
  | Write
  | WriteAndVerify
  | WriteAtomic
  | WriteBuffer
  | WriteLong
  | WriteSame
  | WriteUsingToken
  | WriteScattered;

/** A request in the making: `op` (and `cdbLength` where there are several forms); what is absent is zero. */
export type RequestInit<R extends CdbRequest = Request> = R extends CdbRequest
  ? Pick<R, 'op' | Extract<keyof R, 'cdbLength'>> & Partial<R>
  : never;

type SpecsByOp = { readonly [K in Request['op']]: readonly CdbSpec<Extract<Request, { op: K }>>[] };

/** The CDB forms of every command, by the `op` of its requests. */
export const CDB_SPECS: SpecsByOp = {
  'COMPARE AND WRITE': [COMPARE_AND_WRITE_16],
  'COPY OPERATION ABORT': [COPY_OPERATION_ABORT_16],
  'EXTENDED COPY(LID1)': [EXTENDED_COPY_16.LID1],
  'EXTENDED COPY(LID4)': [EXTENDED_COPY_16.LID4],
  'FORMAT UNIT': [FORMAT_UNIT_6],
  'GET LBA STATUS': [GET_LBA_STATUS_16, GET_LBA_STATUS_32],
  INQUIRY: [INQUIRY_6],
  'LOG SELECT': [LOG_SELECT_10],
  'LOG SENSE': [LOG_SENSE_10],
  'MODE SELECT': [MODE_SELECT_6, MODE_SELECT_10],
  'MODE SENSE': [MODE_SENSE_6, MODE_SENSE_10],
  ORWRITE: [ORWRITE_16, ORWRITE_32],
  'PERSISTENT RESERVE IN, READ KEYS': [PERSISTENT_RESERVE_IN_10['READ KEYS']],
  'PERSISTENT RESERVE IN, READ RESERVATION': [PERSISTENT_RESERVE_IN_10['READ RESERVATION']],
  'PERSISTENT RESERVE IN, REPORT CAPABILITIES': [PERSISTENT_RESERVE_IN_10['REPORT CAPABILITIES']],
  'PERSISTENT RESERVE IN, READ FULL STATUS': [PERSISTENT_RESERVE_IN_10['READ FULL STATUS']],
  'PERSISTENT RESERVE OUT, REGISTER': [PERSISTENT_RESERVE_OUT_10.REGISTER],
  'PERSISTENT RESERVE OUT, RESERVE': [PERSISTENT_RESERVE_OUT_10.RESERVE],
  'PERSISTENT RESERVE OUT, RELEASE': [PERSISTENT_RESERVE_OUT_10.RELEASE],
  'PERSISTENT RESERVE OUT, CLEAR': [PERSISTENT_RESERVE_OUT_10.CLEAR],
  'PERSISTENT RESERVE OUT, PREEMPT': [PERSISTENT_RESERVE_OUT_10.PREEMPT],
  'PERSISTENT RESERVE OUT, PREEMPT AND ABORT': [PERSISTENT_RESERVE_OUT_10['PREEMPT AND ABORT']],
  'PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY': [
    PERSISTENT_RESERVE_OUT_10['REGISTER AND IGNORE EXISTING KEY'],
  ],
  'PERSISTENT RESERVE OUT, REGISTER AND MOVE': [PERSISTENT_RESERVE_OUT_10['REGISTER AND MOVE']],
  'POPULATE TOKEN': [POPULATE_TOKEN_16],
  'PRE-FETCH': [PRE_FETCH_10, PRE_FETCH_16],
  'PREVENT ALLOW MEDIUM REMOVAL': [PREVENT_ALLOW_MEDIUM_REMOVAL_6],
  READ: [READ_6, READ_10, READ_12, READ_16, READ_32],
  'READ BUFFER': [READ_BUFFER_10, READ_BUFFER_16],
  'WRITE BUFFER': [WRITE_BUFFER_10],
  'READ CAPACITY(10)': [READ_CAPACITY_10],
  'READ CAPACITY(16)': [READ_CAPACITY_16],
  'RECEIVE COPY STATUS(LID1)': [RECEIVE_COPY_RESULTS_16['RECEIVE COPY STATUS(LID1)']],
  'RECEIVE COPY OPERATING PARAMETERS': [
    RECEIVE_COPY_RESULTS_16['RECEIVE COPY OPERATING PARAMETERS'],
  ],
  'RECEIVE COPY FAILURE DETAILS(LID1)': [
    RECEIVE_COPY_RESULTS_16['RECEIVE COPY FAILURE DETAILS(LID1)'],
  ],
  'RECEIVE COPY STATUS(LID4)': [RECEIVE_COPY_RESULTS_16['RECEIVE COPY STATUS(LID4)']],
  'RECEIVE ROD TOKEN INFORMATION': [RECEIVE_COPY_RESULTS_16['RECEIVE ROD TOKEN INFORMATION']],
  RELEASE: [RELEASE_6, RELEASE_10],
  'READ DEFECT DATA': [READ_DEFECT_DATA_10, READ_DEFECT_DATA_12],
  'READ LONG': [READ_LONG_10, READ_LONG_16],
  'REASSIGN BLOCKS': [REASSIGN_BLOCKS_6],
  'REPORT ALL ROD TOKENS': [REPORT_ALL_ROD_TOKENS_16],
  'REPORT IDENTIFYING INFORMATION': [REPORT_IDENTIFYING_INFORMATION_12],
  'REPORT LUNS': [REPORT_LUNS_12],
  'REPORT SUPPORTED OPERATION CODES': [REPORT_SUPPORTED_OPERATION_CODES_12],
  'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS': [REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS_12],
  'REPORT PRIORITY': [REPORT_PRIORITY_12],
  'REPORT TIMESTAMP': [REPORT_TIMESTAMP_12],
  'REQUEST SENSE': [REQUEST_SENSE_6],
  RESERVE: [RESERVE_6, RESERVE_10],
  'SANITIZE, OVERWRITE': [SANITIZE_10.OVERWRITE],
  'SANITIZE, BLOCK ERASE': [SANITIZE_10['BLOCK ERASE']],
  'SANITIZE, CRYPTOGRAPHIC ERASE': [SANITIZE_10['CRYPTOGRAPHIC ERASE']],
  'SANITIZE, EXIT FAILURE MODE': [SANITIZE_10['EXIT FAILURE MODE']],
  'RECEIVE DIAGNOSTIC RESULTS': [RECEIVE_DIAGNOSTIC_RESULTS_6],
  'SECURITY PROTOCOL IN': [SECURITY_PROTOCOL_IN_12],
  'SECURITY PROTOCOL OUT': [SECURITY_PROTOCOL_OUT_12],
  'SEND DIAGNOSTIC': [SEND_DIAGNOSTIC_6],
  'SET IDENTIFYING INFORMATION': [SET_IDENTIFYING_INFORMATION_12],
  'SET PRIORITY': [SET_PRIORITY_12],
  'SET TIMESTAMP': [SET_TIMESTAMP_12],
  'START STOP UNIT': [START_STOP_UNIT_6],
  'SYNCHRONIZE CACHE': [SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16],
  'REPORT TARGET PORT GROUPS': [REPORT_TARGET_PORT_GROUPS_12],
  'SET TARGET PORT GROUPS': [SET_TARGET_PORT_GROUPS_12],
  'TEST UNIT READY': [TEST_UNIT_READY_6],
  UNMAP: [UNMAP_10],
  VERIFY: [VERIFY_10, VERIFY_12, VERIFY_16, VERIFY_32],
  WRITE: [WRITE_6, WRITE_10, WRITE_12, WRITE_16, WRITE_32],
  'WRITE AND VERIFY': [
    WRITE_AND_VERIFY_10,
    WRITE_AND_VERIFY_12,
    WRITE_AND_VERIFY_16,
    WRITE_AND_VERIFY_32,
  ],
  'WRITE ATOMIC': [WRITE_ATOMIC_16],
  'WRITE LONG': [WRITE_LONG_10, WRITE_LONG_16],
  'WRITE SAME': [WRITE_SAME_10, WRITE_SAME_16, WRITE_SAME_32],
  'WRITE USING TOKEN': [WRITE_USING_TOKEN_16],
  'WRITE SCATTERED': [WRITE_SCATTERED_16, WRITE_SCATTERED_32],
};

let find: ((cdb: Uint8Array) => CdbForm | Undecodable) | undefined;

/** Finds the spec that a CDB's operation code and service action select. */
export function findSpec(cdb: Uint8Array): CdbSpec | Undecodable {
  const form = findForm(cdb);
  return isUndecodable(form) ? form : form.spec;
}

function findForm(cdb: Uint8Array): CdbForm | Undecodable {
  find ??= indexByOpcode(Object.values<readonly CdbSpec[]>(CDB_SPECS).flat().map(cdbForm), specOf);
  return find(cdb);
}

const specOf = (form: CdbForm): CdbSpec => form.spec;

/**
 * Decodes a CDB.
 *
 * @param cdb - at least as many bytes as the command's CDB has; further ones are not looked at.
 * @param options - `reservedBits: 'ignore'` lets reserved bits have any value.
 * @returns the request, or an {@link Undecodable} that says why there is none and where; never throws.
 *
 * @example
 * ```ts
 * import { decodeCdb } from 'scsi-target/cdb';
 *
 * const request = decodeCdb(Uint8Array.of(0x08, 0x00, 0x00, 0x07, 0x01, 0x00));
 * if (request.op === 'READ') console.log(request.lba, request.blocks); // 7 1
 * ```
 */
export function decodeCdb(
  cdb: Uint8Array,
  options: { readonly reservedBits?: 'check' | 'ignore' } = {},
): Request | Undecodable {
  const form = findForm(cdb);
  if (isUndecodable(form)) return form;
  return decodeForm(form as CdbForm<Request>, cdb, options.reservedBits !== 'ignore');
}

/**
 * Encodes a request.
 *
 * @param request - members that are absent are zero; `cdbLength` picks the form where there are several.
 * @throws RangeError - a value has no room in its field, the form fixes another, or there is no such request or form.
 *
 * @example
 * ```ts
 * import { encodeCdb } from 'scsi-target/cdb';
 *
 * const cdb = encodeCdb({ op: 'READ', cdbLength: 16, lba: 2 ** 40, blocks: 8, fua: true });
 * ```
 */
export function encodeCdb(request: RequestInit): Uint8Array {
  const { op } = request;
  // Who writes JavaScript is told so too.
  if (!Object.hasOwn(CDB_SPECS, op)) throw new RangeError(`there is no request '${op}'`);
  const forms: readonly CdbSpec[] = CDB_SPECS[op];
  const wanted = 'cdbLength' in request ? request.cdbLength : undefined;
  const spec =
    wanted === undefined && forms.length === 1
      ? forms[0]
      : forms.find((form) => form.length === wanted);
  if (spec === undefined)
    throw new RangeError(
      `${op}: cdbLength is one of ${forms.map(({ length }) => length).join(', ')}, not ${String(wanted)}`,
    );
  return encodeForm(spec, request);
}

export * from './block-io.ts';
export * from './buffer.ts';
export * from './codec.ts';
export * from './compare-and-write.ts';
export * from './diagnostic.ts';
export * from './copy-descriptors.ts';
export * from './copy-list.ts';
export * from './copy-operation-abort.ts';
export * from './error-history.ts';
export * from './extended-copy.ts';
export * from './format-unit.ts';
export * from './get-lba-status.ts';
export * from './identifying-information.ts';
export * from './inquiry.ts';
export * from './log-select.ts';
export * from './log-sense.ts';
export * from './mode-select.ts';
export * from './mode-sense.ts';
export * from './orwrite.ts';
export * from './persistent-reserve-in-data.ts';
export * from './persistent-reserve-in.ts';
export * from './persistent-reserve-out-list.ts';
export * from './persistent-reserve-out.ts';
export * from './pre-fetch.ts';
export * from './prevent-allow-medium-removal.ts';
export * from './protection-information.ts';
export * from './read-capacity.ts';
export * from './read-defect-data.ts';
export * from './read-long.ts';
export * from './read.ts';
export * from './reassign-blocks.ts';
export * from './receive-copy-data.ts';
export * from './receive-copy-results.ts';
export * from './release.ts';
export * from './report-luns.ts';
export * from './report-supported-operation-codes.ts';
export * from './report-supported-task-management-functions.ts';
export * from './report-all-rod-tokens.ts';
export * from './request-sense.ts';
export * from './reservation-type.ts';
export * from './reserve.ts';
export * from './rod-token.ts';
export * from './sanitize.ts';
export * from './security-protocol.ts';
export * from './spec.ts';
export * from './start-stop-unit.ts';
export * from './synchronize-cache.ts';
export * from './target-port-groups.ts';
export * from './test-unit-ready.ts';
export * from './priority.ts';
export * from './timestamp.ts';
export * from './unmap.ts';
export * from './verify.ts';
export * from './write-and-verify.ts';
export * from './write-atomic.ts';
export * from './write-long.ts';
export * from './write-same.ts';
export * from './write-scattered.ts';
export * from './write.ts';
export type {
  AnyField,
  BitField,
  CountOptions,
  Field,
  FixedField,
  IdentifierField,
  Layout,
  NumberField,
  TextField,
} from '../layout.ts';
