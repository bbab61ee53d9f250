/** Protocol Specific Logical Unit and Protocol Specific Port mode pages, 18h and 19h (SPC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** PROTOCOL IDENTIFIER of iSCSI (SPC). */
export const ISCSI_PROTOCOL = 5;

/**
 * Protocol Specific Logical Unit or Port mode page (SPC), as far as it is the same for every
 * transport. iSCSI adds no values of its own (RFC 7143 negotiates them as text keys).
 */
export interface ProtocolSpecificPage {
  /** PROTOCOL IDENTIFIER, 0 to 15: 5 iSCSI, 6 SAS… */
  readonly protocol: number;
}

/** The Protocol Specific Logical Unit mode page as data: 8 bytes, as iSCSI has it. */
export const PROTOCOL_SPECIFIC_LOGICAL_UNIT: ModePageSpec<ProtocolSpecificPage> = {
  pageCode: 0x18,
  length: 8,
  leastLength: 3,
  layout: { protocol: ['bits', 2, 3, 0] },
};

/** The Protocol Specific Port mode page as data: 8 bytes, as iSCSI has it. */
export const PROTOCOL_SPECIFIC_PORT: ModePageSpec<ProtocolSpecificPage> = {
  pageCode: 0x19,
  length: 8,
  leastLength: 3,
  layout: { protocol: ['bits', 2, 3, 0] },
};

/**
 * Encodes a Protocol Specific Logical Unit mode page (SPC), 8 bytes.
 *
 * @throws RangeError - the protocol is over 15.
 */
export function encodeProtocolSpecificLogicalUnit(
  page: ProtocolSpecificPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeModePage(PROTOCOL_SPECIFIC_LOGICAL_UNIT, page, options);
}

/**
 * Decodes a Protocol Specific Logical Unit mode page (SPC), 3 or more bytes; undefined where the
 * bytes are no such page.
 */
export function decodeProtocolSpecificLogicalUnit(
  bytes: Uint8Array,
): ProtocolSpecificPage | undefined {
  return decodeModePage(PROTOCOL_SPECIFIC_LOGICAL_UNIT, bytes);
}

/**
 * Encodes a Protocol Specific Port mode page (SPC), 8 bytes.
 *
 * @throws RangeError - the protocol is over 15.
 */
export function encodeProtocolSpecificPort(
  page: ProtocolSpecificPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeModePage(PROTOCOL_SPECIFIC_PORT, page, options);
}

/**
 * Decodes a Protocol Specific Port mode page (SPC), 3 or more bytes; undefined where the bytes are
 * no such page.
 */
export function decodeProtocolSpecificPort(bytes: Uint8Array): ProtocolSpecificPage | undefined {
  return decodeModePage(PROTOCOL_SPECIFIC_PORT, bytes);
}
