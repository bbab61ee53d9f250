import {
  decodeDiagnosticPage,
  SELF_TEST_CODE,
  SEND_DIAGNOSTIC_6,
  SUPPORTED_DIAGNOSTIC_PAGES,
  type SendDiagnostic,
} from '../../cdb/diagnostic.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { LOGICAL_UNIT_FAILED_SELF_TEST, PARAMETER_LIST_LENGTH_ERROR } from '../../sense/codes.ts';
import {
  invalidField,
  invalidListField,
  reservedListByte,
  type Command,
  type Context,
} from '../command.ts';
import { TaskAborted } from '../failure.ts';
import { check, GOOD, type Result } from '../result.ts';

const { NONE, BACKGROUND_SHORT, BACKGROUND_EXTENDED, ABORT_BACKGROUND } = SELF_TEST_CODE;
const { FOREGROUND_SHORT, FOREGROUND_EXTENDED } = SELF_TEST_CODE;

/**
 * SEND DIAGNOSTIC (SPC): the default self-test, those of SELF-TEST CODE, and the only page there is,
 * the list of pages. Nothing on the medium changes, so DEVOFFL and UNITOFFL make no difference.
 */
export const sendDiagnostic: Command<SendDiagnostic> = {
  specs: [SEND_DIAGNOSTIC_6],
  reservation: 'writes',
  passesAccessState: 'standby',
  run(request, context) {
    const { selfTestCode, selfTest, parameterListLength } = request;
    if (selfTest && selfTestCode !== NONE) return invalidField(context, 'selfTestCode');
    if (!selfTest && selfTestCode === NONE) return takePage(request, context);
    if (parameterListLength !== 0) return invalidField(context, 'parameterListLength');
    const { selfTests } = context.unit;
    if (selfTestCode === ABORT_BACKGROUND) {
      if (!selfTests.inBackground) return invalidField(context, 'selfTestCode');
      selfTests.abortBackground();
      return GOOD;
    }
    const inProgress = selfTests.sense;
    if (inProgress !== undefined) return check(inProgress);
    return selfTest ? andThen(selfTests.runDefault(), resultOf) : begin(request, context);
  },
};

function begin(
  { selfTestCode }: SendDiagnostic,
  context: Context<SendDiagnostic>,
): MaybePromise<Result> {
  const { selfTests, readiness } = context.unit;
  const background = selfTestCode === BACKGROUND_SHORT || selfTestCode === BACKGROUND_EXTENDED;
  const foreground = selfTestCode === FOREGROUND_SHORT || selfTestCode === FOREGROUND_EXTENDED;
  if (!background && !foreground) return invalidField(context, 'selfTestCode');
  const { obstacle } = readiness;
  if (obstacle !== undefined) return check(obstacle);
  if (background) {
    selfTests.begin(selfTestCode);
    return GOOD;
  }
  return new Promise((resolve, reject) => {
    let aborted = false;
    selfTests.begin(selfTestCode, (passed) => {
      if (aborted) reject(new TaskAborted());
      else resolve(resultOf(passed));
    });
    context.whenAborted(() => {
      aborted = true;
      selfTests.abort();
    });
  });
}

const resultOf = (passed: boolean): Result =>
  passed ? GOOD : check(LOGICAL_UNIT_FAILED_SELF_TEST);

function takePage(
  { pageFormat, parameterListLength }: SendDiagnostic,
  context: Context<SendDiagnostic>,
): MaybePromise<Result> {
  if (parameterListLength === 0) return GOOD;
  // Lists in a format of the vendor's own are not known here.
  if (!pageFormat) return invalidField(context, 'pageFormat');
  return andThen(context.dataOut(parameterListLength), (bytes) => {
    if (bytes.length < parameterListLength) return check(PARAMETER_LIST_LENGTH_ERROR);
    const page = decodeDiagnosticPage(bytes);
    if (page === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
    if (page.pageCode !== SUPPORTED_DIAGNOSTIC_PAGES) return invalidListField(0);
    const refused = reservedListByte(context, bytes, [1]);
    if (refused !== undefined) return refused;
    // It asks for the list, and has nothing to say itself.
    return page.body.length > 0 || bytes.length > 4 ? invalidListField(2) : GOOD;
  });
}
