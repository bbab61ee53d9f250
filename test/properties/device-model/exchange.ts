/** A command with the answer that it has to get. */
import type { TaskAttribute, TaskManagementRequest } from '../../../src/scsi/task.ts';
import type { Lun, Who } from './device.ts';
import type { UnitModel } from './unit-model.ts';

/** How the disk has to answer. */
export interface Expected {
  readonly status: number;
  /** Sense key, ASC, ASCQ in hexadecimal: `5/24/00`. */
  readonly sense?: string;
  readonly information?: number | undefined;
  /** ILI: the length is not that of the block. */
  readonly incorrectLength?: boolean;
  /** Least PROGRESS INDICATION. */
  readonly progress?: number;
  /** D_SENSE as it was when the command ended. */
  readonly descriptor?: boolean;
  /** The data-in, or a check of it that gives what is wrong. */
  readonly data?: Uint8Array | ((data: Uint8Array) => string | undefined);
}

/** A command as it is sent, and what must come back. */
export interface Command {
  readonly cdb: string;
  readonly out?: Uint8Array;
  readonly expected: Expected;
  /** It waits for its data, under this tag; the answer is that of a later step. */
  readonly waitsAs?: number;
  /** Its task attribute, where that is not SIMPLE. */
  readonly attribute?: TaskAttribute | undefined;
  /** Milliseconds that it takes. */
  readonly lasts?: number;
  /** The backend fails as long as what the command has begun goes on. */
  readonly fails?: boolean;
}

/** A task management function, which must be done. */
export interface Management {
  readonly manage: TaskManagementRequest['function'];
  readonly tag?: number;
}

/** What happens to the device from elsewhere. */
export interface Happening {
  readonly happens: 'power cycle' | 'eject' | 'insert' | 'time' | 'implicit transition';
  /** Which access state a target port group gets. */
  readonly access?: readonly [state: number, group: number];
  /** Milliseconds that pass. */
  readonly passes?: number;
}

/** The data of a command that waits for it. */
export interface Arrival {
  readonly arrivesFor: number;
  /** Absent: an ACA condition keeps the command from going on; its answer is that of a later step. */
  readonly expected?: Expected;
}

/** The answer of a command that went on after an ACA condition. */
export interface Completion {
  readonly tag: number;
  readonly expected: Expected;
}

/** A command that is ended before its data came: with TASK ABORTED, or without an answer. */
export interface EarlyEnd {
  readonly tag: number;
  readonly answered: boolean;
}

/** What a step comes to. */
export type Exchange = Command | Management | Happening | Arrival;

/** An action with the nexus that it comes from, and the disk that it goes to. */
export type Sent<A> = A & { readonly who: Who; readonly lun: Lun };

/** The members of a union of actions that can have this name. */
type Named<A, N> = A extends { readonly do: infer D } ? (N extends D ? A : never) : never;

/** For every action of a family its exchange; the model is afterwards as the disk has to be. */
export type Answers<A extends { readonly do: string }> = {
  readonly [N in A['do']]: (unit: UnitModel, step: Sent<Named<A, N>>) => Exchange;
};

export const GOOD: Expected = { status: 0 };
export const CONDITION_MET: Expected = { status: 0x04 };

/** A byte of flags. */
export const bits = (...flags: (readonly [boolean, number])[]): number =>
  flags.reduce((byte, [on, mask]) => (on ? byte | mask : byte), 0);
