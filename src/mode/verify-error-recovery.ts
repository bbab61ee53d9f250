/** Verify Error Recovery mode page, 07h (SBC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** Verify Error Recovery mode page (SBC): what VERIFY, and the verifying of WRITE AND VERIFY, do. */
export interface VerifyErrorRecoveryPage {
  /** EER: the quickest recovery is tried first. */
  readonly enableEarlyRecovery: boolean;
  /** PER: recovered errors are reported. */
  readonly postError: boolean;
  /** DTE: verifying ends at a recovered error. */
  readonly dataTerminateOnError: boolean;
  /** DCR: error correction codes are not used. */
  readonly disableCorrection: boolean;
  /** VERIFY RETRY COUNT, 0 to 255. */
  readonly verifyRetryCount: number;
  /** VERIFY RECOVERY TIME LIMIT in milliseconds, 0 to 65535; 0: the device's own. */
  readonly verifyRecoveryTimeLimit: number;
}

/** The Verify Error Recovery mode page as data: 12 bytes. */
export const VERIFY_ERROR_RECOVERY: ModePageSpec<VerifyErrorRecoveryPage> = {
  pageCode: 0x07,
  length: 12,
  layout: {
    enableEarlyRecovery: ['bit', 2, 3],
    postError: ['bit', 2, 2],
    dataTerminateOnError: ['bit', 2, 1],
    disableCorrection: ['bit', 2, 0],
    verifyRetryCount: ['u8', 3],
    verifyRecoveryTimeLimit: ['u16', 10],
  },
};

/**
 * Encodes a Verify Error Recovery mode page (SBC), 12 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeVerifyErrorRecovery(
  page: VerifyErrorRecoveryPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeModePage(VERIFY_ERROR_RECOVERY, page, options);
}

/** Decodes a Verify Error Recovery mode page (SBC); undefined where the bytes are no such page. */
export function decodeVerifyErrorRecovery(bytes: Uint8Array): VerifyErrorRecoveryPage | undefined {
  return decodeModePage(VERIFY_ERROR_RECOVERY, bytes);
}
