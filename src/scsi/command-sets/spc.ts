/** The commands of SPC: those that any device type has. */
import type { CommandSet } from '../command.ts';
import type { Inquiry } from '../../cdb/inquiry.ts';
import type { ModeSense } from '../../cdb/mode-sense.ts';
import type { ReportLuns } from '../../cdb/report-luns.ts';
import type { ReportSupportedOperationCodes } from '../../cdb/report-supported-operation-codes.ts';
import type { ReportSupportedTaskManagementFunctions } from '../../cdb/report-supported-task-management-functions.ts';
import type { RequestSense } from '../../cdb/request-sense.ts';
import type { TestUnitReady } from '../../cdb/test-unit-ready.ts';
import { inquiry } from '../commands/inquiry.ts';
import { modeSense } from '../commands/mode-sense.ts';
import { reportLuns } from '../commands/report-luns.ts';
import { reportSupportedOperationCodes } from '../commands/report-supported-operation-codes.ts';
import { reportSupportedTaskManagementFunctions } from '../commands/report-supported-task-management-functions.ts';
import { requestSense } from '../commands/request-sense.ts';
import { testUnitReady } from '../commands/test-unit-ready.ts';

/** The requests of SPC. */
export type SpcRequest =
  | Inquiry
  | ModeSense
  | ReportLuns
  | ReportSupportedOperationCodes
  | ReportSupportedTaskManagementFunctions
  | RequestSense
  | TestUnitReady;

/** The commands of SPC. */
export const spc: CommandSet<SpcRequest> = {
  INQUIRY: inquiry,
  'MODE SENSE': modeSense,
  'REPORT LUNS': reportLuns,
  'REPORT SUPPORTED OPERATION CODES': reportSupportedOperationCodes,
  'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS': reportSupportedTaskManagementFunctions,
  'REQUEST SENSE': requestSense,
  'TEST UNIT READY': testUnitReady,
};
