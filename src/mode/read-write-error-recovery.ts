/** Read-Write Error Recovery mode page, 01h (SBC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** Read-Write Error Recovery mode page (SBC). */
export interface ReadWriteErrorRecoveryPage {
  /** AWRE: a block that fails to write is reallocated. */
  readonly automaticWriteReallocation: boolean;
  /** ARRE: a block that was hard to read is reallocated. */
  readonly automaticReadReallocation: boolean;
  /** TB: what was read of a block in error is transferred. */
  readonly transferBlock: boolean;
  /** RC: data goes on flowing without the delays of error recovery. */
  readonly readContinuous: boolean;
  /** EER: the quickest recovery is tried first. */
  readonly enableEarlyRecovery: boolean;
  /** PER: recovered errors are reported. */
  readonly postError: boolean;
  /** DTE: the transfer ends at a recovered error. */
  readonly dataTerminateOnError: boolean;
  /** DCR: error correction codes are not used. */
  readonly disableCorrection: boolean;
  /** READ RETRY COUNT, 0 to 255. */
  readonly readRetryCount: number;
  /** LBPERE: errors of logical block provisioning thresholds are reported. */
  readonly logicalBlockProvisioningErrorReporting: boolean;
  /** MWR, 0 to 3: misaligned writes: 0 not reported, 1 done and reported, 2 refused. */
  readonly misalignedWriteReporting: number;
  /** WRITE RETRY COUNT, 0 to 255. */
  readonly writeRetryCount: number;
  /** RECOVERY TIME LIMIT in milliseconds, 0 to 65535; 0: the device's own. */
  readonly recoveryTimeLimit: number;
}

/** The Read-Write Error Recovery mode page as data: 12 bytes. */
export const READ_WRITE_ERROR_RECOVERY: ModePageSpec<ReadWriteErrorRecoveryPage> = {
  pageCode: 0x01,
  length: 12,
  layout: {
    automaticWriteReallocation: ['bit', 2, 7],
    automaticReadReallocation: ['bit', 2, 6],
    transferBlock: ['bit', 2, 5],
    readContinuous: ['bit', 2, 4],
    enableEarlyRecovery: ['bit', 2, 3],
    postError: ['bit', 2, 2],
    dataTerminateOnError: ['bit', 2, 1],
    disableCorrection: ['bit', 2, 0],
    readRetryCount: ['u8', 3],
    logicalBlockProvisioningErrorReporting: ['bit', 7, 7],
    misalignedWriteReporting: ['bits', 7, 6, 5],
    writeRetryCount: ['u8', 8],
    recoveryTimeLimit: ['u16', 10],
  },
};

/**
 * Encodes a Read-Write Error Recovery mode page (SBC), 12 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeReadWriteErrorRecovery(
  page: ReadWriteErrorRecoveryPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeModePage(READ_WRITE_ERROR_RECOVERY, page, options);
}

/** Decodes a Read-Write Error Recovery mode page (SBC); undefined where the bytes are no such page. */
export function decodeReadWriteErrorRecovery(
  bytes: Uint8Array,
): ReadWriteErrorRecoveryPage | undefined {
  return decodeModePage(READ_WRITE_ERROR_RECOVERY, bytes);
}
