import { LOG_SENSE_10, type LogSense } from '../../cdb/log-sense.ts';
import { encodeLogPage } from '../../log/log-page.ts';
import {
  encodeSupportedLogPages,
  encodeSupportedLogSubpages,
} from '../../log/supported-log-pages.ts';
import { invalidField, type Command } from '../command.ts';
import { logPagesOf } from '../log-pages.ts';
import { good } from '../result.ts';
import { NO_COUNTS } from '../unit-statistics.ts';

const ALL_SUBPAGES = 0xff;
const CUMULATIVE = 1;
const DEFAULT_CUMULATIVE = 3;

/** LOG SENSE (SPC). There are no thresholds, and nothing is saved. */
export const logSense: Command<LogSense> = {
  specs: [LOG_SENSE_10],
  reservation: 'allowed',
  passesAccessState: 'standby',
  run(request, context) {
    const { unit } = context;
    const { pageControl, pageCode, subpageCode, parameterPointer } = request;
    if (request.savePages) return invalidField(context, 'savePages');
    const pages = logPagesOf(unit);
    const isList = subpageCode === ALL_SUBPAGES || (pageCode === 0 && subpageCode === 0);
    const ofCode = pages.filter((page) => page.pageCode === pageCode);
    if (pageCode !== 0 && ofCode.length === 0) return invalidField(context, 'pageCode');
    if (isList) {
      if (parameterPointer !== 0) return invalidField(context, 'parameterPointer');
      if (subpageCode === 0)
        return good(encodeSupportedLogPages([0, ...pages.map((page) => page.pageCode)]));
      const lists = [
        { pageCode: 0, subpage: 0 },
        { pageCode: 0, subpage: ALL_SUBPAGES },
      ];
      return good(
        encodeSupportedLogSubpages(pageCode === 0 ? [...lists, ...pages] : ofCode, pageCode),
      );
    }
    const page = ofCode.find(({ subpage }) => subpage === subpageCode);
    if (page === undefined) return invalidField(context, 'subpageCode');
    if (page.counters && pageControl !== CUMULATIVE && pageControl !== DEFAULT_CUMULATIVE)
      return invalidField(context, 'pageControl');
    const counts = pageControl === DEFAULT_CUMULATIVE ? NO_COUNTS : unit.statistics.since(page);
    const parameters = page.parameters(unit, counts).filter(({ code }) => code >= parameterPointer);
    if (parameters.length === 0) return invalidField(context, 'parameterPointer');
    return good(encodeLogPage(page, parameters, { disableSave: true }));
  },
};
