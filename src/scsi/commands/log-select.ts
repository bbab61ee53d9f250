import { LOG_SELECT_10, type LogSelect } from '../../cdb/log-select.ts';
import { decodeLogPages, type DecodedLogPage } from '../../log/log-page.ts';
import { all, andThen, type MaybePromise } from '../../maybe-promise.ts';
import {
  INVALID_FIELD_IN_PARAMETER_LIST,
  LOG_PARAMETERS_CHANGED,
  PARAMETER_LIST_LENGTH_ERROR,
} from '../../sense/codes.ts';
import { invalidField, reservedListByte, type Command, type Context } from '../command.ts';
import { logPagesOf, type UnitLogPage } from '../log-pages.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import type { Nexus } from '../nexus.ts';
import { check, GOOD, type Result } from '../result.ts';

const ALL_SUBPAGES = 0xff;
const CUMULATIVE = 1;
const DEFAULT_CUMULATIVE = 3;

/**
 * LOG SELECT (SPC): resets counters, and writes the parameters of the Application Client page. Of the
 * others a list is accepted only if it says what is there already; all of it is checked before
 * anything changes.
 */
export const logSelect: Command<LogSelect> = {
  specs: [LOG_SELECT_10],
  reservation: 'writes',
  passesAccessState: 'standby',
  run(request, context) {
    const { unit, nexus } = context;
    const { pageControl, pageCode, subpageCode, parameterListLength } = request;
    if (request.savePages) return invalidField(context, 'savePages');
    if (parameterListLength !== 0)
      return refuseCdb(request, context) ?? checkList(context, request);
    const pages = logPagesOf(unit).filter((page) => pageCode === 0 || page.pageCode === pageCode);
    if (pages.length === 0) return invalidField(context, 'pageCode');
    const chosen = pages.filter(
      ({ subpage }) => subpageCode === ALL_SUBPAGES || subpage === subpageCode,
    );
    if (chosen.length === 0) return invalidField(context, 'subpageCode');
    if (!request.parameterCodeReset && pageControl !== DEFAULT_CUMULATIVE) return GOOD;
    const changed = chosen.filter(({ counters, written }) => counters || written !== undefined);
    for (const page of changed) if (page.counters) unit.statistics.reset(page);
    const reset = all(changed.map(({ written }) => written?.reset(unit)));
    return andThen(reset, () => told(changed.length > 0, unit, nexus));
  },
};

/** The end of a LOG SELECT: where it changed something the other initiators hear of it. */
function told(changed: boolean, unit: LogicalUnit, nexus: Nexus): Result {
  if (changed) unit.establish(LOG_PARAMETERS_CHANGED, (other) => other !== nexus);
  return GOOD;
}

/** With a list, the CDB has to leave the choice of pages to it. */
function refuseCdb(request: LogSelect, context: Context<LogSelect>): Result | undefined {
  if (request.parameterCodeReset) return invalidField(context, 'parameterListLength');
  if (request.pageCode !== 0) return invalidField(context, 'pageCode');
  if (request.subpageCode !== 0) return invalidField(context, 'subpageCode');
  // There are no thresholds, and default values are what they are.
  if (request.pageControl !== CUMULATIVE) return invalidField(context, 'pageControl');
  return undefined;
}

function checkList(
  context: Context<LogSelect>,
  { parameterListLength }: LogSelect,
): MaybePromise<Result> {
  return andThen(context.dataOut(parameterListLength), (bytes) => {
    if (bytes.length < parameterListLength) return check(PARAMETER_LIST_LENGTH_ERROR);
    const { unit, nexus } = context;
    const { pages, truncatedAt } = decodeLogPages(bytes);
    for (const page of pages) {
      const refused =
        (page.subpageFormat ? undefined : reservedListByte(context, bytes, [1], page.offset)) ??
        refusePage(page, unit);
      if (refused !== undefined) return refused;
    }
    if (truncatedAt !== undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
    const written = pages.flatMap((page) => {
      const values = new Map(page.parameters.map(({ code, value }) => [code, value.slice()]));
      const own = ownPage(page, unit)?.written;
      return own === undefined || values.size === 0 ? [] : [own.set(unit, values)];
    });
    return andThen(all(written), () => told(written.length > 0, unit, nexus));
  });
}

const ownPage = (page: DecodedLogPage, unit: LogicalUnit): UnitLogPage | undefined =>
  logPagesOf(unit).find(
    ({ pageCode, subpage }) =>
      pageCode === page.pageCode && subpage === (page.subpageFormat ? page.subpage : 0),
  );

function refusePage(page: DecodedLogPage, unit: LogicalUnit): Result | undefined {
  const { offset } = page;
  const own = ownPage(page, unit);
  if (own === undefined) return refuseAt(offset, 5);
  const values = valuesOf(own, unit);
  for (const { code, value, offset: at } of page.parameters) {
    const now = values.get(code);
    if (now === undefined) return refuseAt(at);
    if (now.length !== value.length) return refuseAt(at + 3);
    const differs = now.some((byte, i) => byte !== value[i]);
    if (differs && own.written === undefined) return refuseAt(at + 4);
  }
  return page.truncatedAt === undefined ? undefined : check(PARAMETER_LIST_LENGTH_ERROR);
}

const valuesOf = (page: UnitLogPage, unit: LogicalUnit): ReadonlyMap<number, Uint8Array> =>
  new Map(
    page
      .parameters(unit, unit.statistics.since(page))
      .map(({ code, value }) => [code, value] as const),
  );

const refuseAt = (byte: number, bit?: number): Result =>
  check(INVALID_FIELD_IN_PARAMETER_LIST, {
    fieldPointer: bit === undefined ? { in: 'data', byte } : { in: 'data', byte, bit },
  });
