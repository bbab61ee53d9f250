import {
  encodeDiagnosticPage,
  RECEIVE_DIAGNOSTIC_RESULTS_6,
  SUPPORTED_DIAGNOSTIC_PAGES,
  type ReceiveDiagnosticResults,
} from '../../cdb/diagnostic.ts';
import { invalidField, type Command } from '../command.ts';
import { good } from '../result.ts';

/**
 * RECEIVE DIAGNOSTIC RESULTS (SPC): the list of diagnostic pages, which has itself alone. That is also
 * the only page a SEND DIAGNOSTIC can have asked for.
 */
export const receiveDiagnosticResults: Command<ReceiveDiagnosticResults> = {
  specs: [RECEIVE_DIAGNOSTIC_RESULTS_6],
  reservation: 'reads',
  passesAccessState: 'standby',
  run: ({ pageCode }, context) =>
    pageCode === SUPPORTED_DIAGNOSTIC_PAGES
      ? good(
          encodeDiagnosticPage({
            pageCode: SUPPORTED_DIAGNOSTIC_PAGES,
            body: Uint8Array.of(SUPPORTED_DIAGNOSTIC_PAGES),
          }),
        )
      : invalidField(context, 'pageCode'),
};
