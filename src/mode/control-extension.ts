/** Control Extension mode page, 0Ah/01h (SPC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** Control Extension mode page (SPC). */
export interface ControlExtensionPage {
  /** DLC: the device may slow down to last for its designed life. */
  readonly deviceLifeControl: boolean;
  /** TCMOS: the timestamp may be set by other means than SET TIMESTAMP. */
  readonly timestampChangeableOtherwise: boolean;
  /** SCSIP: SET TIMESTAMP wins over the other means; without it the command is refused. */
  readonly scsiPrecedence: boolean;
  /** IALUAE: the device may change asymmetric access states on its own. */
  readonly implicitAsymmetricAccess: boolean;
  /** INITIAL COMMAND PRIORITY, 0 to 15, of nexuses that SET PRIORITY has not told. */
  readonly initialCommandPriority: number;
  /** MAXIMUM SENSE DATA LENGTH that comes with a status, in bytes, 0 to 255; 0: no limit. */
  readonly maximumSenseDataLength: number;
}

/** The Control Extension mode page as data: 32 bytes. */
export const CONTROL_EXTENSION: ModePageSpec<ControlExtensionPage> = {
  pageCode: 0x0a,
  subpage: 0x01,
  length: 32,
  layout: {
    deviceLifeControl: ['bit', 4, 3],
    timestampChangeableOtherwise: ['bit', 4, 2],
    scsiPrecedence: ['bit', 4, 1],
    implicitAsymmetricAccess: ['bit', 4, 0],
    initialCommandPriority: ['bits', 5, 3, 0],
    maximumSenseDataLength: ['u8', 6],
  },
};

/**
 * Encodes a Control Extension mode page (SPC), 32 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeControlExtension(
  page: ControlExtensionPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeModePage(CONTROL_EXTENSION, page, options);
}

/** Decodes a Control Extension mode page (SPC); undefined where the bytes are no such page. */
export function decodeControlExtension(bytes: Uint8Array): ControlExtensionPage | undefined {
  return decodeModePage(CONTROL_EXTENSION, bytes);
}
