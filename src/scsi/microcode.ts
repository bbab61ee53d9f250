/** Microcode that WRITE BUFFER brings (SPC, downloading and activating microcode). */
import { BUFFER_MODE, type WriteBuffer } from '../cdb/buffer.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import { COMMAND_SEQUENCE_ERROR, MICROCODE_HAS_BEEN_CHANGED } from '../sense/codes.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import { check, GOOD, type Result } from './result.ts';

/** A piece of microcode. */
export interface MicrocodePiece {
  /** BUFFER ID, 0 to 255. */
  readonly bufferId: number;
  /** Where the piece belongs, in bytes; 0 where the microcode comes as a whole. */
  readonly offset: number;
  /** The piece; yours as long as your answer takes. */
  readonly bytes: Uint8Array;
  /** It is to survive a power loss. */
  readonly save: boolean;
}

/** Takes microcode, piece by piece: whether it is complete now. Throw to have it refused. */
export type MicrocodeHook = (piece: MicrocodePiece) => MaybePromise<boolean>;

const MODES: ReadonlyMap<number, { readonly offsets: boolean; readonly save: boolean }> = new Map([
  [BUFFER_MODE.DOWNLOAD_ACTIVATE, { offsets: false, save: false }],
  [BUFFER_MODE.DOWNLOAD_SAVE_ACTIVATE, { offsets: false, save: true }],
  [BUFFER_MODE.DOWNLOAD_OFFSETS_ACTIVATE, { offsets: true, save: false }],
  [BUFFER_MODE.DOWNLOAD_OFFSETS_SAVE_ACTIVATE, { offsets: true, save: true }],
  [BUFFER_MODE.DOWNLOAD_SELECT_DEFER, { offsets: true, save: true }],
  [BUFFER_MODE.DOWNLOAD_OFFSETS_SAVE_DEFER, { offsets: true, save: true }],
]);

/** PO_ACT and HR_ACT in MODE SPECIFIC: what has been saved is there when the power is on again anyhow. */
const POWER_ON = 0b100;
const HARD_RESET = 0b010;

/** Whether a MODE downloads microcode. */
export const isDownload = (mode: number): boolean => MODES.has(mode);

/** What a download changes: the unit that tells the others. */
export type MicrocodeHost = Pick<LogicalUnit, 'establish'>;

/** Hands microcode on. Once it is active the other initiators are told. */
export class Microcode {
  readonly #unit: MicrocodeHost;
  readonly #hook: MicrocodeHook | undefined;
  /** The events that activate what has been deferred; `undefined`: nothing has been. */
  #deferred: number | undefined;

  /** @param hook - absent: there is no downloading. */
  constructor(unit: MicrocodeHost, hook: MicrocodeHook | undefined) {
    this.#unit = unit;
    this.#hook = hook;
  }

  /** Whether microcode can be downloaded. */
  get supported(): boolean {
    return this.#hook !== undefined;
  }

  /** Takes a piece. */
  download(request: WriteBuffer, bytes: Uint8Array, nexus: Nexus): MaybePromise<Result> {
    const { mode, modeSpecific, bufferId, bufferOffset } = request;
    const { offsets = false, save = false } = MODES.get(mode) ?? {};
    const piece = { bufferId, offset: offsets ? bufferOffset : 0, bytes, save };
    return andThen(this.#hook?.(piece) ?? false, (complete) => {
      if (!complete) return GOOD;
      if (mode === BUFFER_MODE.DOWNLOAD_OFFSETS_SAVE_DEFER) this.#deferred = HARD_RESET;
      else if (mode === BUFFER_MODE.DOWNLOAD_SELECT_DEFER) this.#deferred = modeSpecific;
      else this.#activated(nexus);
      return GOOD;
    });
  }

  /** ACTIVATE DEFERRED MICROCODE. */
  activate(nexus: Nexus): Result {
    if (this.#deferred === undefined) return check(COMMAND_SEQUENCE_ERROR);
    this.#activated(nexus);
    return GOOD;
  }

  /** Whether these events of MODE SPECIFIC, at least one, can activate microcode. */
  canWaitFor(events: number): boolean {
    return events !== 0 && (events & ~(POWER_ON | HARD_RESET)) === 0;
  }

  /** The unit has been reset. */
  reset(): void {
    if (this.#deferred !== undefined && (this.#deferred & HARD_RESET) !== 0) this.#activated();
  }

  /** @param nexus - who knows. */
  #activated(nexus?: Nexus): void {
    this.#deferred = undefined;
    this.#unit.establish(MICROCODE_HAS_BEEN_CHANGED, (other) => other !== nexus);
  }
}
