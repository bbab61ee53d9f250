import type { Extent } from '../../backend/backend.ts';
import { getBig64 } from '../../bytes.ts';
import {
  encodeLbaStatus,
  GET_LBA_STATUS_16,
  LBA_STATUS_DESCRIPTOR_LENGTH,
  LBA_STATUS_HEADER_LENGTH,
  type GetLbaStatus,
  type LbaStatusDescriptor,
} from '../../cdb/get-lba-status.ts';
import { isPromise, type MaybePromise } from '../../maybe-promise.ts';
import { LBA_OUT_OF_RANGE } from '../../sense/codes.ts';
import { invalidField, type Command } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { physicalBlock } from '../physical-block.ts';
import { check, good, type Result } from '../result.ts';

/** Most descriptors of one answer, whatever the allocation length. */
const MOST_DESCRIPTORS = 1024;

/** NUMBER OF LOGICAL BLOCKS has 32 bits. */
const LONGEST_RUN = 2 ** 32 - 1;

/** GET LBA STATUS (SBC). A unit that does not know what is allocated says mapped or unknown. */
export const getLbaStatus: Command<GetLbaStatus> = {
  specs: [GET_LBA_STATUS_16],
  reservation: 'reads',
  needsMedium: true,
  run(request, context) {
    const { unit, task } = context;
    const { lba, allocationLength, reportType } = request;
    if (reportType !== 0) return invalidField(context, 'reportType');
    // Unlike a read of no blocks, this needs a block to begin with.
    if (lba >= unit.medium.blocks)
      return check(LBA_OUT_OF_RANGE, {
        information: Number.isSafeInteger(lba) ? lba : getBig64(task.cdb, 2),
      });
    const wanted = Math.floor(
      (allocationLength - LBA_STATUS_HEADER_LENGTH) / LBA_STATUS_DESCRIPTOR_LENGTH,
    );
    const from = unit.settings.lenient ? wholePhysicalBlock(unit, lba) : lba;
    // The first descriptor is there also where it is cut off.
    return describe(unit, from, Math.max(1, Math.min(wanted, MOST_DESCRIPTORS)), []);
  },
};

/** The first block of a physical block from `lba` on; `lba` itself where there is none any more. */
function wholePhysicalBlock(unit: LogicalUnit, lba: number): number {
  const block = physicalBlock(unit, lba);
  const next = block.lba === lba ? lba : block.lba + block.blocks;
  return next < unit.medium.blocks ? next : lba;
}

function describe(
  unit: LogicalUnit,
  from: number,
  most: number,
  descriptors: LbaStatusDescriptor[],
): MaybePromise<Result> {
  const { medium } = unit;
  let lba = from;
  const add = ({ allocated, blocks: run }: Extent): void => {
    const blocks = Math.min(run, LONGEST_RUN, medium.blocks - lba);
    const status = allocated || !unit.settings.thin ? 'mapped or unknown' : 'deallocated';
    descriptors.push({ lba, blocks, status });
    lba += blocks;
  };
  while (lba < medium.blocks && descriptors.length < most) {
    const extent = medium.extent(lba);
    if (isPromise(extent))
      return extent.then((value) => {
        add(value);
        return describe(unit, lba, most, descriptors);
      });
    add(extent);
  }
  return good(encodeLbaStatus(descriptors));
}
