/** The one place where a backend's failure, or a CDB that cannot be decoded, becomes sense data. */
import { BackendError } from '../backend/backend.ts';
import type { Undecodable } from '../cdb/codec.ts';
import {
  INTERNAL_TARGET_FAILURE,
  INVALID_COMMAND_OPERATION_CODE,
  INVALID_FIELD_IN_CDB,
  LBA_OUT_OF_RANGE,
  LOGICAL_UNIT_NOT_READY_CAUSE_NOT_REPORTABLE,
  READ_ERROR_LBA_MARKED_BAD_BY_APPLICATION_CLIENT,
  SPACE_ALLOCATION_FAILED_WRITE_PROTECT,
  UNRECOVERED_READ_ERROR,
  WRITE_ERROR,
  WRITE_PROTECTED,
} from '../sense/codes.ts';
import type { SenseData } from '../sense/sense-data.ts';
import { check, type Result } from './result.ts';

/** Thrown inside an aborted task to leave its behaviour; it never gets out of the unit. */
export class TaskAborted extends Error {
  override readonly name = 'TaskAborted';
}

/** Thrown inside a task to leave its behaviour: FORMAT UNIT or SANITIZE began meanwhile. */
export class OperationBegun extends Error {
  override readonly name = 'OperationBegun';
  /** What the command is told. */
  readonly sense: SenseData;

  constructor(sense: SenseData) {
    super('FORMAT UNIT or SANITIZE has begun.');
    this.sense = sense;
  }
}

/** Blocks that were there when a command was checked, and are not any more: the disk became smaller. */
export class BlocksGone extends Error {
  override readonly name = 'BlocksGone';
  /** The first block that is not there. */
  readonly lba: number;

  constructor(lba: number) {
    super(`The disk has been made smaller: there is no block ${lba} any more.`);
    this.lba = lba;
  }
}

/** A block that WRITE LONG marked as bad, and that has not been written since. */
export class MarkedBad extends Error {
  override readonly name = 'MarkedBad';
  /** The block. */
  readonly lba: number;

  constructor(lba: number) {
    super(`Block ${lba} has been marked as bad.`);
    this.lba = lba;
  }
}

/**
 * CHECK CONDITION for whatever a command's behaviour threw.
 *
 * @param writes - whether the command changes the medium: a bad block is then a write error.
 */
export function resultOfFailure(error: unknown, writes: boolean): Result {
  if (error instanceof BlocksGone) return check(LBA_OUT_OF_RANGE, { information: error.lba });
  if (error instanceof OperationBegun) return check(error.sense);
  if (error instanceof MarkedBad)
    return check(READ_ERROR_LBA_MARKED_BAD_BY_APPLICATION_CLIENT, { information: error.lba });
  if (!(error instanceof BackendError)) return check(INTERNAL_TARGET_FAILURE);
  const where = error.lba === undefined ? {} : { information: error.lba };
  switch (error.kind) {
    case 'medium':
      return check(writes ? WRITE_ERROR : UNRECOVERED_READ_ERROR, where);
    case 'hardware':
      return check(INTERNAL_TARGET_FAILURE, where);
    case 'space':
      return check(SPACE_ALLOCATION_FAILED_WRITE_PROTECT, where);
    case 'protected':
      return check(WRITE_PROTECTED);
    case 'not-ready':
      return check(LOGICAL_UNIT_NOT_READY_CAUSE_NOT_REPORTABLE);
  }
}

/** CHECK CONDITION for a CDB that has an error at a place of its own; INVALID FIELD unless told. */
export function resultOfUndecodable({ problem, at }: Partial<Undecodable>): Result {
  const condition =
    problem === 'operation code' ? INVALID_COMMAND_OPERATION_CODE : INVALID_FIELD_IN_CDB;
  return check(condition, at === undefined ? undefined : { fieldPointer: at });
}
