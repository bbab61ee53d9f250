/** Disconnect-Reconnect mode page, 02h (SPC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/**
 * Disconnect-Reconnect mode page (SPC). Which values mean anything, and the unit of the time limits,
 * is the transport's; over iSCSI the text keys of the login rule instead.
 */
export interface DisconnectReconnectPage {
  /** BUFFER FULL RATIO, 0 to 255 parts of 256. */
  readonly bufferFullRatio: number;
  /** BUFFER EMPTY RATIO, 0 to 255 parts of 256. */
  readonly bufferEmptyRatio: number;
  /** BUS INACTIVITY LIMIT, 0 to 65535; 0: no limit. */
  readonly busInactivityLimit: number;
  /** DISCONNECT TIME LIMIT, 0 to 65535; 0: no limit. */
  readonly disconnectTimeLimit: number;
  /** CONNECT TIME LIMIT, 0 to 65535; 0: no limit. */
  readonly connectTimeLimit: number;
  /** MAXIMUM BURST SIZE in 512 bytes, 0 to 65535; 0: no limit. */
  readonly maximumBurstSize: number;
  /** EMDP: data may come out of order. */
  readonly enableModifyDataPointers: boolean;
  /** FAIR ARBITRATION, 0 to 7. */
  readonly fairArbitration: number;
  /** DIMM: the device disconnects as soon as it has the command. */
  readonly disconnectImmediate: boolean;
  /** DTDC, 0 to 7: when the device may disconnect within a data transfer. */
  readonly dataTransferDisconnectControl: number;
  /** FIRST BURST SIZE in 512 bytes, 0 to 65535: data that comes along with the command. */
  readonly firstBurstSize: number;
}

/** The Disconnect-Reconnect mode page as data: 16 bytes. */
export const DISCONNECT_RECONNECT: ModePageSpec<DisconnectReconnectPage> = {
  pageCode: 0x02,
  length: 16,
  layout: {
    bufferFullRatio: ['u8', 2],
    bufferEmptyRatio: ['u8', 3],
    busInactivityLimit: ['u16', 4],
    disconnectTimeLimit: ['u16', 6],
    connectTimeLimit: ['u16', 8],
    maximumBurstSize: ['u16', 10],
    enableModifyDataPointers: ['bit', 12, 7],
    fairArbitration: ['bits', 12, 6, 4],
    disconnectImmediate: ['bit', 12, 3],
    dataTransferDisconnectControl: ['bits', 12, 2, 0],
    firstBurstSize: ['u16', 14],
  },
};

/**
 * Encodes a Disconnect-Reconnect mode page (SPC), 16 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeDisconnectReconnect(
  page: DisconnectReconnectPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeModePage(DISCONNECT_RECONNECT, page, options);
}

/** Decodes a Disconnect-Reconnect mode page (SPC); undefined where the bytes are no such page. */
export function decodeDisconnectReconnect(bytes: Uint8Array): DisconnectReconnectPage | undefined {
  return decodeModePage(DISCONNECT_RECONNECT, bytes);
}
