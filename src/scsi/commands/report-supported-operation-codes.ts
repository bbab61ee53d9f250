import {
  encodeAllCommands,
  encodeOneCommand,
  REPORT_SUPPORTED_OPERATION_CODES_12,
  type ReportSupportedOperationCodes,
} from '../../cdb/report-supported-operation-codes.ts';
import type { CdbSpec } from '../../cdb/spec.ts';
import { invalidField, type Command } from '../command.ts';
import { good } from '../result.ts';

/** REPORT SUPPORTED OPERATION CODES (SPC), from the same rows that decode the CDBs. */
export const reportSupportedOperationCodes: Command<ReportSupportedOperationCodes> = {
  specs: [REPORT_SUPPORTED_OPERATION_CODES_12],
  reservation: 'reads',
  passesAccessState: 'standby',
  run(request, context) {
    const specs = context.unit.forms.map((form) => form.spec);
    const { reportingOptions, requestedOperationCode, requestedServiceAction, rctd } = request;
    if (reportingOptions === 0) {
      // libiscsi has room for 16 bytes of usage data, and takes longer ones for zeros.
      const lenient = context.unit.settings.lenient;
      return good(
        encodeAllCommands(lenient ? specs.filter(({ length }) => length <= 16) : specs, rctd),
      );
    }
    if (reportingOptions > 3) return invalidField(context, 'reportingOptions');
    const named = specs.filter((spec) => spec.opcode === requestedOperationCode);
    const hasActions = named.some((spec) => spec.serviceAction !== undefined);
    // Option 1 is for operation codes without service actions, option 2 for those with; 3 takes both.
    const wrong = reportingOptions === 1 ? hasActions : reportingOptions === 2 && !hasActions;
    if (wrong && named.length > 0) return invalidField(context, 'reportingOptions');
    const found = (spec: CdbSpec): boolean =>
      !hasActions || spec.serviceAction === requestedServiceAction;
    return good(encodeOneCommand(named.find(found), rctd));
  },
};
