import {
  encodeTaskManagementFunctions,
  REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS_12,
  type ReportSupportedTaskManagementFunctions,
} from '../../cdb/report-supported-task-management-functions.ts';
import type { Command } from '../command.ts';
import { good } from '../result.ts';

/** REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC): what `Nexus.manage` does. */
export const reportSupportedTaskManagementFunctions: Command<ReportSupportedTaskManagementFunctions> =
  {
    specs: [REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS_12],
    reservation: 'reads',
    passesAccessState: 'standby',
    run: ({ repd }) =>
      good(
        encodeTaskManagementFunctions(
          {
            abortTask: true,
            abortTaskSet: true,
            clearAca: true,
            clearTaskSet: true,
            logicalUnitReset: true,
            queryTask: true,
            queryAsynchronousEvent: true,
            queryTaskSet: true,
            itNexusReset: true,
          },
          repd,
        ),
      ),
  };
