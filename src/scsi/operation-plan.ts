/** What FORMAT UNIT and SANITIZE do to the medium, as plain data that a unit store can keep. */
import type { ProtectionType } from '../cdb/protection-information.ts';
import {
  FORMAT_COMMAND_FAILED,
  LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS,
  LOGICAL_UNIT_NOT_READY_SANITIZE_IN_PROGRESS,
  SANITIZE_COMMAND_FAILED,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import { isProtectionType } from './protection.ts';

/** The commands whose work goes on behind their answer. */
export type OperationKind = 'format' | 'sanitize';

/** Passes over the whole medium: some that write, then perhaps one that unmaps. */
export interface OperationPlan {
  /** Which command it belongs to. */
  readonly kind: OperationKind;
  /** AUSE: should it fail, EXIT FAILURE MODE may end that state. */
  readonly unrestrictedExit: boolean;
  /** Passes that write every block, 0 to 31. */
  readonly writes: number;
  /** What they write, in hexadecimal: at least one byte, repeated from the start of each block. */
  readonly pattern: string;
  /** Each pass writes the complement of the one after it; the last one writes the pattern. */
  readonly invert: boolean;
  /** The last pass unmaps every block. */
  readonly unmap: boolean;
  /** The protection type that the medium has afterwards; absent: the one that it has. */
  readonly protectionType?: ProtectionType;
}

/** How far an operation has come. */
export interface OperationState {
  /** What it does. */
  readonly plan: OperationPlan;
  /** The pass it is in, from 0. */
  readonly pass: number;
  /** The block that comes next. */
  readonly lba: number;
  /** It ended with an error. */
  readonly failed: boolean;
}

/** What other commands are told while an operation goes on; progress is added. */
export const IN_PROGRESS: Readonly<Record<OperationKind, SenseCondition>> = {
  format: LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS,
  sanitize: LOGICAL_UNIT_NOT_READY_SANITIZE_IN_PROGRESS,
};

/** What they are told after it failed. */
export const FAILED: Readonly<Record<OperationKind, SenseCondition>> = {
  format: FORMAT_COMMAND_FAILED,
  sanitize: SANITIZE_COMMAND_FAILED,
};

/** How often the operation goes over the medium. */
export const passesOf = ({ writes, unmap }: OperationPlan): number => writes + (unmap ? 1 : 0);

/** A run of blocks as a pass writes them. */
export function patternBlocks(
  { pattern, invert, writes }: OperationPlan,
  pass: number,
  blocks: number,
  blockLength: number,
): Uint8Array {
  const flip = invert && (writes - 1 - pass) % 2 === 1 ? 0xff : 0;
  const unit = Uint8Array.from(pattern.match(/../g) ?? [], (byte) => parseInt(byte, 16) ^ flip);
  const block = Uint8Array.from({ length: blockLength }, (_, i) => unit[i % unit.length] ?? 0);
  const run = new Uint8Array(blocks * blockLength);
  for (let at = 0; at < run.length; at += blockLength) run.set(block, at);
  return run;
}

/**
 * The state that was kept before a power loss.
 *
 * @param section - what was kept; `undefined` where nothing was.
 * @throws TypeError - it is not an {@link OperationState}. A disk that may be half sanitized must
 * not go on as if it were not.
 */
export function restoredOperation(section: unknown): OperationState | undefined {
  if (section === undefined) return undefined;
  const { plan, pass, lba, failed } = object(section);
  const { kind, unrestrictedExit, writes, pattern, invert, unmap, protectionType } = object(plan);
  if (
    (kind !== 'format' && kind !== 'sanitize') ||
    typeof unrestrictedExit !== 'boolean' ||
    !isCount(writes) ||
    typeof pattern !== 'string' ||
    !/^([0-9a-f]{2})+$/.test(pattern) ||
    typeof invert !== 'boolean' ||
    typeof unmap !== 'boolean' ||
    !(protectionType === undefined || isProtectionType(protectionType)) ||
    !isCount(pass) ||
    !isCount(lba) ||
    typeof failed !== 'boolean'
  )
    throw damaged();
  return {
    plan: {
      kind,
      unrestrictedExit,
      writes,
      pattern,
      invert,
      unmap,
      ...(protectionType !== undefined && { protectionType }),
    },
    pass,
    lba,
    failed,
  };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw damaged();
  return value as Readonly<Record<string, unknown>>;
}

const damaged = (): TypeError =>
  new TypeError('The background operation in the unit store is damaged.');
