/** What a command is to the device: its CDB forms, its behaviour, and the policy around it. */
import {
  cdbForm,
  decodeForm,
  indexByOpcode,
  isUndecodable,
  type CdbForm,
  type Undecodable,
} from '../cdb/codec.ts';
import { fieldPointer, type CdbFields, type CdbRequest, type CdbSpec } from '../cdb/spec.ts';
import type { MaybePromise } from '../maybe-promise.ts';
import { INVALID_FIELD_IN_CDB, INVALID_FIELD_IN_PARAMETER_LIST } from '../sense/codes.ts';
import type { AccessPolicy, AccessPolicyOf } from './asymmetric-access.ts';
import type { OperationPolicy } from './background-operation.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import type { ReservationPolicy, ReservationPolicyOf } from './reservation-policy.ts';
import { check, type Result } from './result.ts';
import type { Task } from './task.ts';

/** What a command's behaviour may use. */
export interface Context<R extends CdbRequest = CdbRequest> {
  /** The unit that runs the command. */
  readonly unit: LogicalUnit;
  /** Who sent the command, and through which port. */
  readonly nexus: Nexus;
  /** The task as the transport handed it in. */
  readonly task: Task;
  /** The CDB form it came in. */
  readonly spec: CdbSpec<R>;
  /**
   * Receives data-out; call it at most once, after all checks.
   *
   * @returns the first `length` bytes, or fewer where the initiator has fewer.
   */
  dataOut(length: number): MaybePromise<Uint8Array>;
  /** Calls `listener` when the task is aborted, at once if it has been: for what waits long. */
  whenAborted(listener: () => void): void;
  /**
   * Leaves by an exception if the task has been aborted, or FORMAT UNIT or SANITIZE has begun since
   * it started; called before anything is changed.
   */
  throwIfAborted(): void;
}

/** A command: one row of a command set. */
export interface Command<R extends CdbRequest = CdbRequest> {
  /** Its CDB forms. */
  readonly specs: readonly CdbSpec<R>[];
  /** Whether this unit has the command in this form, now; absent: every unit has. */
  supported?(unit: LogicalUnit, spec: CdbSpec): boolean;
  /** When a reservation stands in its way; every command has to say it. */
  readonly reservation: ReservationPolicy | ReservationPolicyOf<R>;
  /** The medium must be loaded and the unit started: NOT READY otherwise. */
  readonly needsMedium?: boolean;
  /** Does not access the medium that it needs: a unit in a low power condition remains there. */
  readonly keepsPowerCondition?: boolean;
  /** Changes the medium: WRITE PROTECTED where that is not allowed. */
  readonly writes?: boolean;
  /** Does not change the medium, but flushes its cache: a bad block is an error in writing. */
  readonly flushes?: boolean;
  /** Runs although a unit attention is pending, and leaves it pending (INQUIRY, REPORT LUNS, REQUEST SENSE). */
  readonly passesUnitAttention?: boolean;
  /** Runs although the unit is reached through a port that is not active; absent: never. */
  readonly passesAccessState?: AccessPolicy | AccessPolicyOf<R>;
  /** PREEMPT AND ABORT: runs although an ACA condition of another nexus is in effect, and may end it. */
  readonly preemptsAndAborts?: boolean;
  /** Runs although FORMAT UNIT or SANITIZE keeps the unit from other commands; absent: never. */
  readonly passesOperation?: OperationPolicy;
  /** A self-test in the background ends before it runs. */
  readonly endsSelfTest?: boolean;
  /** What the command does. Throws only a backend's failure, or because of a bug. */
  run(request: R, context: Context<R>): MaybePromise<Result>;
}

/** A command for every member of a union of requests. One that is missing does not compile. */
export type CommandSet<R extends CdbRequest> = {
  readonly [K in R['op']]: Command<Extract<R, { readonly op: K }>>;
};

/**
 * A command set with more commands, or others in their place.
 *
 * @example
 * ```ts
 * const commands = extend(sbc, { 'MY COMMAND': myCommand });
 * ```
 */
export function extend<A extends object, B extends object>(set: A, more: B): Omit<A, keyof B> & B {
  return { ...set, ...more };
}

/** A command in one of its CDB forms, ready for decoding. */
export interface CommandForm extends CdbForm {
  /** Behaviour and policy. */
  readonly command: Command;
}

/** Finds the form of a command that a CDB's operation code and service action select. */
export type CommandFinder = (cdb: Uint8Array) => CommandForm | Undecodable;

/** The forms of all commands of a set, by operation code and service action, ascending. */
export function commandForms(set: object): readonly CommandForm[] {
  return Object.values(set as Record<string, Command>)
    .flatMap((command) => command.specs.map((spec) => ({ ...cdbForm(spec), command })))
    .sort(
      (a, b) =>
        a.spec.opcode - b.spec.opcode || (a.spec.serviceAction ?? 0) - (b.spec.serviceAction ?? 0),
    );
}

/** Indexes forms by operation code and service action. */
export function commandFinder(forms: readonly CommandForm[]): CommandFinder {
  return indexByOpcode(forms, (form) => form.spec);
}

/** The decoder of a command set: CDB bytes to its requests. Never throws. */
export function createDecoder<R extends CdbRequest>(
  set: CommandSet<R>,
): (cdb: Uint8Array) => R | Undecodable {
  const find = commandFinder(commandForms(set));
  return (cdb) => {
    const form = find(cdb);
    return isUndecodable(form) ? form : (decodeForm(form, cdb) as R | Undecodable);
  };
}

/** CHECK CONDITION, INVALID FIELD IN CDB, pointing at a field of the request. */
export function invalidField<R extends CdbRequest>(
  context: Context<R>,
  name: keyof CdbFields<R>,
): Result {
  return check(INVALID_FIELD_IN_CDB, { fieldPointer: fieldPointer(context.spec, name) });
}

/** CHECK CONDITION, INVALID FIELD IN PARAMETER LIST, pointing at a byte, or bit, of data-out. */
export function invalidListField(byte: number, bit?: number): Result {
  return check(INVALID_FIELD_IN_PARAMETER_LIST, {
    fieldPointer: bit === undefined ? { in: 'data', byte } : { in: 'data', byte, bit },
  });
}

/** A reserved byte of data-out, or the reserved bits of one: byte offset and mask. */
export type ReservedListByte = number | readonly [byte: number, mask: number];

/**
 * Refuses the first of these reserved bytes of data-out that is not zero, where the unit is strict.
 *
 * @param at - where the structure begins that they are counted in.
 */
export function reservedListByte(
  { unit }: Pick<Context, 'unit'>,
  bytes: Uint8Array,
  reserved: readonly ReservedListByte[],
  at = 0,
): Result | undefined {
  if (!unit.settings.strict) return undefined;
  for (const each of reserved) {
    const [byte, mask] = typeof each === 'number' ? [each, undefined] : each;
    const wrong = (bytes[at + byte] ?? 0) & (mask ?? 0xff);
    if (wrong === 0) continue;
    return mask === undefined
      ? invalidListField(at + byte)
      : invalidListField(at + byte, 31 - Math.clz32(wrong));
  }
  return undefined;
}
