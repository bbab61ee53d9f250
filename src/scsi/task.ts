/** What passes between a transport and a target: SAM's Execute Command and its task management. */
import type { MaybePromise } from '../maybe-promise.ts';
import type { Status } from './status.ts';

/** When a task may run relative to the others of its task set (SAM, task attributes). */
export type TaskAttribute = 'simple' | 'ordered' | 'head of queue' | 'aca';

/** One command on its way to a logical unit. */
export interface Task {
  /** Logical unit number, as `decodeLun` gives it. */
  readonly lun: number;
  /** Names this task among those of its nexus that have not ended: any number, e.g. iSCSI's Initiator Task Tag. */
  readonly tag: number;
  /** The command descriptor block. May be longer than the command (transports pad). */
  readonly cdb: Uint8Array;
  /** Absent: simple. */
  readonly attribute?: TaskAttribute;
  /** Task priority, 0 (none) to 15. */
  readonly priority?: number;
  /**
   * Where the data-in may be put. The unit either fills it from the start (the response's chunks
   * are then parts of this buffer) or leaves it alone; it is not touched after the response, so a task
   * that has one is never given up on (`abortTimeout`).
   */
  readonly dataIn?: Uint8Array;
  /**
   * How many bytes of data-in the initiator has room for, where the transport knows. Blocks beyond them need
   * not be read.
   */
  readonly dataInLength?: number;
  /**
   * How many bytes of data-out the initiator has, where the transport knows. Commands whose data
   * would mean something else if it were cut refuse any other length than theirs.
   */
  readonly dataOutLength?: number;
  /**
   * SAM's Receive Data-Out: gives the first `length` bytes that the initiator has for this command,
   * or fewer where it has fewer. The unit calls it at most once, after its checks. Absent: none.
   * The bytes must not change before the task has ended with GOOD, nor ever where it ends otherwise.
   */
  dataOut?(length: number): MaybePromise<Uint8Array>;
  /** The task is being aborted: a pending `dataOut` has to settle soon, with any value. */
  cancel?(): void;
}

/** How a command ended. */
export interface Response {
  /** Status byte. */
  readonly status: Status;
  /** Data-in, cut to the allocation length but not to what the initiator expects. */
  readonly dataIn: readonly Uint8Array[];
  /** How many bytes of data-in were not read since there is no room for them (`dataInLength`); absent: none. */
  readonly omitted?: number;
  /** How many bytes the device server asked of the initiator: what `dataOut` was called with, else 0. */
  readonly dataOutLength: number;
  /** Sense data in the format that D_SENSE selects; present with CHECK CONDITION. */
  readonly sense?: Uint8Array;
  /** Call it once when the data-in has left: until then its bytes stay as they are. */
  readonly release?: () => void;
}

/** Task management functions (SAM). */
export type TaskManagementFunction =
  | 'ABORT TASK'
  | 'ABORT TASK SET'
  | 'CLEAR ACA'
  | 'CLEAR TASK SET'
  | 'I_T NEXUS RESET'
  | 'LOGICAL UNIT RESET'
  | 'QUERY ASYNCHRONOUS EVENT'
  | 'QUERY TASK'
  | 'QUERY TASK SET'
  | 'TARGET RESET';

/** A task management request. */
export interface TaskManagementRequest {
  /** What to do. */
  readonly function: TaskManagementFunction;
  /** Logical unit number, as `decodeLun` gives it. */
  readonly lun: number;
  /** The task meant by ABORT TASK and QUERY TASK. */
  readonly tag?: number;
}

/** A service response to task management (SAM). */
export type TaskManagementResponse =
  | 'FUNCTION COMPLETE'
  | 'FUNCTION SUCCEEDED'
  | 'FUNCTION REJECTED'
  | 'INCORRECT LOGICAL UNIT NUMBER'
  | 'TASK DOES NOT EXIST';
