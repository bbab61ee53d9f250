import { encodeLunList, REPORT_LUNS_12, type ReportLuns } from '../../cdb/report-luns.ts';
import { REPORTED_LUNS_DATA_HAS_CHANGED } from '../../sense/codes.ts';
import { invalidField, type Command } from '../command.ts';
import { encodeLun, REPORT_LUNS_WELL_KNOWN } from '../lun.ts';
import type { Nexus } from '../nexus.ts';
import { good } from '../result.ts';

/**
 * The LUNs that an initiator can reach, and the end of its REPORTED LUNS DATA HAS CHANGED unit
 * attentions at all of them.
 *
 * @param selectReport - 0 logical units, 1 well known ones, 2 both.
 * @returns REPORT LUNS parameter data; `undefined` for a SELECT REPORT that is not known.
 */
export function lunReport(nexus: Nexus, selectReport: number): Uint8Array | undefined {
  if (selectReport > 2) return undefined;
  for (const unit of nexus.luns.units())
    unit.attentions(nexus).clear(REPORTED_LUNS_DATA_HAS_CHANGED);
  const wellKnown = selectReport === 0 ? [] : [REPORT_LUNS_WELL_KNOWN];
  const luns = selectReport === 1 ? [] : nexus.luns.list();
  return encodeLunList([...wellKnown, ...luns].map(encodeLun));
}

/** REPORT LUNS (SPC). */
export const reportLuns: Command<ReportLuns> = {
  specs: [REPORT_LUNS_12],
  reservation: 'allowed',
  passesUnitAttention: true,
  passesAccessState: 'always',
  passesOperation: 'always',
  run(request, context) {
    const report = lunReport(context.nexus, request.selectReport);
    return report === undefined ? invalidField(context, 'selectReport') : good(report);
  },
};
