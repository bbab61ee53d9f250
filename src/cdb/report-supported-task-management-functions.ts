import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC). */
export interface ReportSupportedTaskManagementFunctions extends CdbRequest {
  readonly op: 'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS';
  /** REPD: return the extended parameter data of 16 bytes. */
  readonly repd: boolean;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** CDB of REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS. */
export const REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS_12: CdbSpec<ReportSupportedTaskManagementFunctions> =
  {
    op: 'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS',
    opcode: 0xa3,
    serviceAction: 0x0d,
    length: 12,
    transfer: 'allocation in',
    fields: { repd: ['bit', 2, 7], allocationLength: ['u32', 6] },
  };

/** Which task management functions there are. */
export interface SupportedTaskManagementFunctions {
  /** ATS: ABORT TASK. */
  readonly abortTask: boolean;
  /** ATSS: ABORT TASK SET. */
  readonly abortTaskSet: boolean;
  /** CACAS: CLEAR ACA. */
  readonly clearAca: boolean;
  /** CTSS: CLEAR TASK SET. */
  readonly clearTaskSet: boolean;
  /** LURS: LOGICAL UNIT RESET. */
  readonly logicalUnitReset: boolean;
  /** QTS: QUERY TASK. */
  readonly queryTask: boolean;
  /** QAES: QUERY ASYNCHRONOUS EVENT. */
  readonly queryAsynchronousEvent: boolean;
  /** QTSS: QUERY TASK SET. */
  readonly queryTaskSet: boolean;
  /** ITNRS: I_T NEXUS RESET. */
  readonly itNexusReset: boolean;
}

const LAYOUT: Layout<SupportedTaskManagementFunctions> = {
  abortTask: ['bit', 0, 7],
  abortTaskSet: ['bit', 0, 6],
  clearAca: ['bit', 0, 5],
  clearTaskSet: ['bit', 0, 4],
  logicalUnitReset: ['bit', 0, 3],
  queryTask: ['bit', 0, 2],
  queryAsynchronousEvent: ['bit', 1, 2],
  queryTaskSet: ['bit', 1, 1],
  itNexusReset: ['bit', 1, 0],
};

/** Encodes 4 bytes of parameter data, or the extended 16 (no timeouts stated). */
export function encodeTaskManagementFunctions(
  functions: SupportedTaskManagementFunctions,
  extended: boolean,
): Uint8Array {
  const bytes = encodeLayout(LAYOUT, functions, new Uint8Array(extended ? 16 : 4));
  if (extended) bytes[3] = 0x0c;
  return bytes;
}

/** Decodes parameter data; `undefined` if fewer than 4 bytes. */
export function decodeTaskManagementFunctions(
  bytes: Uint8Array,
): SupportedTaskManagementFunctions | undefined {
  return bytes.length < 4 ? undefined : decodeLayout(LAYOUT, bytes);
}
