/** The initiator's side of a transport, whichever it is. */
import type { MaybePromise } from '../maybe-promise.ts';

/** A command as an initiator sends it. */
export interface InitiatorCommand {
  /** Logical unit number, 0 to 16383. */
  readonly lun: number;
  /** The command descriptor block. */
  readonly cdb: Uint8Array;
  /** Data-out; it is not touched after the command has ended. */
  readonly dataOut?: Uint8Array;
  /** Most bytes of data-in that are wanted. Default 0. */
  readonly dataInLength?: number;
}

/** How a command ended, as an initiator sees it. */
export interface CommandOutcome {
  /** Status byte, as it came: `STATUS` names those of SAM. */
  readonly status: number;
  /** The data-in that came, at most as many bytes as were wanted. */
  readonly dataIn: Uint8Array;
  /** Sense data; present with CHECK CONDITION. */
  readonly sense?: Uint8Array;
  /**
   * What was not moved, in bytes: positive where the target moved less than the initiator expected
   * (underflow), negative where it would have moved more (overflow).
   */
  readonly residual: number;
}

/** An initiator port with a session to one target. */
export interface Initiator {
  /**
   * Sends a command.
   *
   * @throws Error - the transport failed, or the task was aborted; a SCSI error is an outcome.
   */
  execute(command: InitiatorCommand): MaybePromise<CommandOutcome>;
  /** Ends the session. */
  close(): MaybePromise<void>;
}
