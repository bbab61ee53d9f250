import { getBig64 } from '../../bytes.ts';
import {
  encodeLbaStatus,
  GET_LBA_STATUS_16,
  GET_LBA_STATUS_32,
  LBA_REPORT_TYPE,
  LBA_STATUS_DESCRIPTOR_LENGTH,
  LBA_STATUS_HEADER_LENGTH,
  type GetLbaStatus,
} from '../../cdb/get-lba-status.ts';
import { fieldPointer } from '../../cdb/spec.ts';
import { andThen } from '../../maybe-promise.ts';
import { LBA_OUT_OF_RANGE } from '../../sense/codes.ts';
import { invalidField, type Command } from '../command.ts';
import { scanLbas } from '../lba-status.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { physicalBlock } from '../physical-block.ts';
import { check, good } from '../result.ts';

/** Most descriptors of one answer, whatever the allocation length. */
const MOST_DESCRIPTORS = 1024;

const REPORT_TYPES: readonly number[] = Object.values(LBA_REPORT_TYPE);

/** GET LBA STATUS (SBC). A unit that does not know what is allocated says mapped or unknown. */
export const getLbaStatus: Command<GetLbaStatus> = {
  specs: [GET_LBA_STATUS_16, GET_LBA_STATUS_32],
  reservation: 'reads',
  needsMedium: true,
  run(request, context) {
    const { unit, task, spec } = context;
    const { lba, allocationLength, reportType, scanLength } = request;
    if (!REPORT_TYPES.includes(reportType)) return invalidField(context, 'reportType');
    // A medium in software has no physical elements.
    if (request.elementId !== 0) return invalidField(context, 'elementId');
    const capacity = unit.medium.blocks;
    // Unlike a read of no blocks, this needs a block to begin with.
    if (lba >= capacity)
      return check(LBA_OUT_OF_RANGE, {
        information: Number.isSafeInteger(lba)
          ? lba
          : getBig64(task.cdb, fieldPointer(spec, 'lba').byte),
      });
    const from = unit.settings.lenient ? wholePhysicalBlock(unit, lba) : lba;
    const to = scanLength === 0 ? capacity : Math.min(capacity, from + scanLength);
    const room = Math.floor(
      (allocationLength - LBA_STATUS_HEADER_LENGTH) / LBA_STATUS_DESCRIPTOR_LENGTH,
    );
    // The first descriptor is there also where it is cut off.
    const most = Math.max(1, Math.min(room, MOST_DESCRIPTORS));
    return andThen(scanLbas({ from, to, most, reportType }, context), (report) => {
      const { descriptors, completion } = report;
      return good(encodeLbaStatus(descriptors, { completion, reportTypeProcessed: true }));
    });
  },
};

/** The first block of a physical block from `lba` on; `lba` itself where there is none any more. */
function wholePhysicalBlock(unit: LogicalUnit, lba: number): number {
  const block = physicalBlock(unit, lba);
  const next = block.lba === lba ? lba : block.lba + block.blocks;
  return next < unit.medium.blocks ? next : lba;
}
