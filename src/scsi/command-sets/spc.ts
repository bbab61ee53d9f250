/** The commands of SPC: those that any device type has. */
import type { CommandSet } from '../command.ts';
import type {
  ReportIdentifyingInformation,
  SetIdentifyingInformation,
} from '../../cdb/identifying-information.ts';
import type { CopyOperationAbort } from '../../cdb/copy-operation-abort.ts';
import type { ExtendedCopy } from '../../cdb/extended-copy.ts';
import type { Inquiry } from '../../cdb/inquiry.ts';
import type { ReceiveDiagnosticResults, SendDiagnostic } from '../../cdb/diagnostic.ts';
import type { ReadBuffer, WriteBuffer } from '../../cdb/buffer.ts';
import type { LogSelect } from '../../cdb/log-select.ts';
import type { LogSense } from '../../cdb/log-sense.ts';
import type { ModeSelect } from '../../cdb/mode-select.ts';
import type { ModeSense } from '../../cdb/mode-sense.ts';
import type { PersistentReserveIn } from '../../cdb/persistent-reserve-in.ts';
import type { PersistentReserveOut } from '../../cdb/persistent-reserve-out.ts';
import type { ReceiveCopyResults } from '../../cdb/receive-copy-results.ts';
import type { Release } from '../../cdb/release.ts';
import type { PreventAllowMediumRemoval } from '../../cdb/prevent-allow-medium-removal.ts';
import type { ReportAllRodTokens } from '../../cdb/report-all-rod-tokens.ts';
import type { ReportLuns } from '../../cdb/report-luns.ts';
import type { ReportSupportedOperationCodes } from '../../cdb/report-supported-operation-codes.ts';
import type { ReportSupportedTaskManagementFunctions } from '../../cdb/report-supported-task-management-functions.ts';
import type { RequestSense } from '../../cdb/request-sense.ts';
import type { Reserve } from '../../cdb/reserve.ts';
import type { SecurityProtocolIn, SecurityProtocolOut } from '../../cdb/security-protocol.ts';
import type { ReportTargetPortGroups, SetTargetPortGroups } from '../../cdb/target-port-groups.ts';
import type { TestUnitReady } from '../../cdb/test-unit-ready.ts';
import type { ReportPriority, SetPriority } from '../../cdb/priority.ts';
import type { ReportTimestamp, SetTimestamp } from '../../cdb/timestamp.ts';
import {
  reportIdentifyingInformation,
  setIdentifyingInformation,
} from '../commands/identifying-information.ts';
import { copyOperationAbort } from '../commands/copy-operation-abort.ts';
import { extendedCopy } from '../commands/extended-copy.ts';
import { inquiry } from '../commands/inquiry.ts';
import { readBuffer, writeBuffer } from '../commands/buffer.ts';
import { logSelect } from '../commands/log-select.ts';
import { logSense } from '../commands/log-sense.ts';
import { modeSelect } from '../commands/mode-select.ts';
import { modeSense } from '../commands/mode-sense.ts';
import { persistentReserveIn } from '../commands/persistent-reserve-in.ts';
import { persistentReserveOut } from '../commands/persistent-reserve-out.ts';
import { receiveDiagnosticResults } from '../commands/receive-diagnostic-results.ts';
import { receiveCopyResults } from '../commands/receive-copy-results.ts';
import { release } from '../commands/release.ts';
import { preventAllowMediumRemoval } from '../commands/prevent-allow-medium-removal.ts';
import { reportAllRodTokens } from '../commands/report-all-rod-tokens.ts';
import { reportLuns } from '../commands/report-luns.ts';
import { reportSupportedOperationCodes } from '../commands/report-supported-operation-codes.ts';
import { reportSupportedTaskManagementFunctions } from '../commands/report-supported-task-management-functions.ts';
import { requestSense } from '../commands/request-sense.ts';
import { reserve } from '../commands/reserve.ts';
import { securityProtocolIn, securityProtocolOut } from '../commands/security-protocol.ts';
import { sendDiagnostic } from '../commands/send-diagnostic.ts';
import { reportTargetPortGroups, setTargetPortGroups } from '../commands/target-port-groups.ts';
import { testUnitReady } from '../commands/test-unit-ready.ts';

import { reportPriority, setPriority } from '../commands/priority.ts';
import { reportTimestamp, setTimestamp } from '../commands/timestamp.ts';

/** The requests of SPC. */
export type SpcRequest =
  | CopyOperationAbort
  | ExtendedCopy
  | Inquiry
  | LogSelect
  | LogSense
  | ModeSelect
  | ModeSense
  | PersistentReserveIn
  | PersistentReserveOut
  | ReadBuffer
  | ReceiveDiagnosticResults
  | ReceiveCopyResults
  | Release
  | PreventAllowMediumRemoval
  | ReportAllRodTokens
  | ReportIdentifyingInformation
  | ReportLuns
  | ReportSupportedOperationCodes
  | ReportSupportedTaskManagementFunctions
  | ReportPriority
  | ReportTimestamp
  | RequestSense
  | Reserve
  | SecurityProtocolIn
  | SecurityProtocolOut
  | SendDiagnostic
  | SetIdentifyingInformation
  | SetPriority
  | SetTimestamp
  | ReportTargetPortGroups
  | SetTargetPortGroups
  | TestUnitReady
  | WriteBuffer;

/** The commands of SPC. */
export const spc: CommandSet<SpcRequest> = {
  'COPY OPERATION ABORT': copyOperationAbort,
  ...extendedCopy,
  INQUIRY: inquiry,
  'LOG SELECT': logSelect,
  'LOG SENSE': logSense,
  'MODE SELECT': modeSelect,
  'MODE SENSE': modeSense,
  ...persistentReserveIn,
  ...persistentReserveOut,
  'READ BUFFER': readBuffer,
  'RECEIVE DIAGNOSTIC RESULTS': receiveDiagnosticResults,
  ...receiveCopyResults,
  RELEASE: release,
  'PREVENT ALLOW MEDIUM REMOVAL': preventAllowMediumRemoval,
  'REPORT ALL ROD TOKENS': reportAllRodTokens,
  'REPORT IDENTIFYING INFORMATION': reportIdentifyingInformation,
  'REPORT LUNS': reportLuns,
  'REPORT SUPPORTED OPERATION CODES': reportSupportedOperationCodes,
  'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS': reportSupportedTaskManagementFunctions,
  'REPORT PRIORITY': reportPriority,
  'REPORT TIMESTAMP': reportTimestamp,
  'REQUEST SENSE': requestSense,
  RESERVE: reserve,
  'SECURITY PROTOCOL IN': securityProtocolIn,
  'SECURITY PROTOCOL OUT': securityProtocolOut,
  'SEND DIAGNOSTIC': sendDiagnostic,
  'SET IDENTIFYING INFORMATION': setIdentifyingInformation,
  'SET PRIORITY': setPriority,
  'SET TIMESTAMP': setTimestamp,
  'REPORT TARGET PORT GROUPS': reportTargetPortGroups,
  'SET TARGET PORT GROUPS': setTargetPortGroups,
  'TEST UNIT READY': testUnitReady,
  'WRITE BUFFER': writeBuffer,
};
