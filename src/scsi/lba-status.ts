/** The provisioning of a medium, run by run, as GET LBA STATUS reports it. */
import type { Extent } from '../backend/backend.ts';
import {
  LBA_REPORT_TYPE,
  type LbaStatusCompletion,
  type LbaStatusDescriptor,
  type ProvisioningStatus,
} from '../cdb/get-lba-status.ts';
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { Context } from './command.ts';
import type { LogicalUnit } from './logical-unit.ts';

/** NUMBER OF LOGICAL BLOCKS has 32 bits. */
const LONGEST_RUN = 2 ** 32 - 1;
/** Runs after which the event loop gets its turn. */
const TURN = 8192;

/** What is wanted of a scan. */
export interface LbaScan {
  /** Where to begin. */
  readonly from: number;
  /** The block to end before. */
  readonly to: number;
  /** The most descriptors that there is room for, at least 1. */
  readonly most: number;
  /** REPORT TYPE. */
  readonly reportType: number;
}

/** What a scan found. */
export interface LbaReport {
  /** The runs of the report type, ascending, each as long as it can be. */
  readonly descriptors: readonly LbaStatusDescriptor[];
  /** Why it ended. */
  readonly completion: LbaStatusCompletion;
}

type Run = Required<LbaStatusDescriptor>;

/** Looks at the blocks one run after the other, in this tick as long as the backend answers in it. */
export function scanLbas(
  { from, to, most, reportType }: LbaScan,
  context: Pick<Context, 'unit' | 'throwIfAborted'>,
): MaybePromise<LbaReport> {
  const { unit } = context;
  const found: Run[] = [];
  let at = from;
  let runs = 0;
  /** Takes the run in; whether there was room for it. */
  const take = (extent: Extent): boolean => {
    const run = runAt(at, Math.min(extent.blocks, to - at, LONGEST_RUN), extent, reportType, unit);
    const last = found.at(-1);
    if (last !== undefined && continues(last, run))
      found[found.length - 1] = { ...last, blocks: last.blocks + run.blocks };
    else if (isWanted(run, reportType)) {
      if (found.length === most) return false;
      found.push(run);
    }
    at += run.blocks;
    return true;
  };
  const full: LbaReport = { descriptors: found, completion: 'allocation length' };
  const scan = (): MaybePromise<LbaReport> => {
    // The disk may become smaller meanwhile.
    while (at < Math.min(to, unit.medium.blocks)) {
      if (++runs % TURN === 0) {
        context.throwIfAborted();
        return unit.nextTurn().then(scan);
      }
      const next = step();
      if (next !== undefined) return next;
    }
    return { descriptors: found, completion: to < unit.medium.blocks ? 'scan length' : 'capacity' };
  };
  const step = (): MaybePromise<LbaReport> | undefined => {
    const extent = unit.medium.extent(at);
    if (isPromise(extent)) return extent.then((value) => (take(value) ? scan() : full));
    return take(extent) ? undefined : full;
  };
  return scan();
}

function runAt(
  lba: number,
  blocks: number,
  extent: Extent,
  reportType: number,
  unit: LogicalUnit,
): Run {
  const status = statusOf(extent, reportType, unit);
  if (reportType === LBA_REPORT_TYPE.ALL) return { lba, blocks, status, mayFail: false };
  const bad = unit.defects.firstMarked(lba, blocks);
  if (bad === lba) return { lba, blocks: 1, status, mayFail: true };
  return { lba, blocks: (bad ?? lba + blocks) - lba, status, mayFail: false };
}

function statusOf(
  { allocated, anchored }: Extent,
  reportType: number,
  { settings, medium }: LogicalUnit,
): ProvisioningStatus {
  if (settings.thin) {
    if (!allocated) return 'deallocated';
    if (anchored === true) return 'anchored';
  }
  if (reportType === LBA_REPORT_TYPE.ALL) return 'mapped or unknown';
  return settings.thin && medium.backend.extent === undefined ? 'unknown' : 'mapped';
}

const continues = (last: Run, run: Run): boolean =>
  last.lba + last.blocks === run.lba &&
  last.status === run.status &&
  last.mayFail === run.mayFail &&
  last.blocks + run.blocks <= LONGEST_RUN;

function isWanted({ status, mayFail }: Run, reportType: number): boolean {
  switch (reportType) {
    case LBA_REPORT_TYPE.MAPPED:
      return status === 'mapped';
    case LBA_REPORT_TYPE.DEALLOCATED:
      return status === 'deallocated';
    case LBA_REPORT_TYPE.ANCHORED:
      return status === 'anchored';
    case LBA_REPORT_TYPE.MAY_FAIL:
      return mayFail;
    default:
      return true;
  }
}
