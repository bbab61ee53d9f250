/** Informational Exceptions Control mode page, 1Ch (SPC, SBC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** Informational Exceptions Control mode page (SPC, SBC). */
export interface InformationalExceptionsControlPage {
  /** PERF: delays for informational exceptions are not acceptable. */
  readonly performance: boolean;
  /** EBF: background functions are enabled. */
  readonly enableBackgroundFunction: boolean;
  /** EWASC: warnings (additional sense code 0Bh) are reported. */
  readonly enableWarning: boolean;
  /** DEXCPT: failure predictions are not reported. */
  readonly disableExceptionControl: boolean;
  /** TEST: a false failure prediction is reported. */
  readonly test: boolean;
  /** EBACKERR: background scan errors are reported. */
  readonly enableBackgroundError: boolean;
  /** LOGERR: informational exceptions are logged. */
  readonly logErrors: boolean;
  /** MRIE, 0 to 15: how they are reported: 0 not, 2 unit attention, 4 recovered error, 6 on request… */
  readonly method: number;
  /** INTERVAL TIMER between reports in 100 ms, 0 to 2^32 − 1; 0: reported once. */
  readonly intervalTimer: number;
  /** REPORT COUNT, 0 to 2^32 − 1; 0: no limit. */
  readonly reportCount: number;
}

/** The Informational Exceptions Control mode page as data: 12 bytes. */
export const INFORMATIONAL_EXCEPTIONS_CONTROL: ModePageSpec<InformationalExceptionsControlPage> = {
  pageCode: 0x1c,
  length: 12,
  layout: {
    performance: ['bit', 2, 7],
    enableBackgroundFunction: ['bit', 2, 5],
    enableWarning: ['bit', 2, 4],
    disableExceptionControl: ['bit', 2, 3],
    test: ['bit', 2, 2],
    enableBackgroundError: ['bit', 2, 1],
    logErrors: ['bit', 2, 0],
    method: ['bits', 3, 3, 0],
    intervalTimer: ['u32', 4],
    reportCount: ['u32', 8],
  },
};

/**
 * Encodes an Informational Exceptions Control mode page (SPC, SBC), 12 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeInformationalExceptionsControl(
  page: InformationalExceptionsControlPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeModePage(INFORMATIONAL_EXCEPTIONS_CONTROL, page, options);
}

/**
 * Decodes an Informational Exceptions Control mode page (SPC, SBC); undefined where the bytes are no
 * such page.
 */
export function decodeInformationalExceptionsControl(
  bytes: Uint8Array,
): InformationalExceptionsControlPage | undefined {
  return decodeModePage(INFORMATIONAL_EXCEPTIONS_CONTROL, bytes);
}
