/** SCSI Ports VPD page, 88h (SPC). */
import { getU16, joinChunks, putU16, totalLength } from '../bytes.ts';
import { decodeLayout, encodeLayout } from '../layout.ts';
import { decodeDesignators, encodeDesignators, type Designator } from './designator.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the SCSI Ports VPD page. */
export const SCSI_PORTS = 0x88;

/** SCSI port designation descriptor (SPC). */
export interface ScsiPort {
  /** RELATIVE PORT IDENTIFIER, 1 to 65535. */
  readonly relativePortId: number;
  /** INITIATOR PORT TRANSPORTID, a multiple of four bytes; absent: it is no initiator port. */
  readonly initiatorTransportId?: Uint8Array;
  /** Names of the target port; none: it is no target port. They name their protocol. */
  readonly targetPort: readonly Designator[];
}

/** SCSI Ports VPD page (SPC). */
export interface ScsiPortsPage extends PageHeader {
  /** The ports of the device, in any order. */
  readonly ports: readonly ScsiPort[];
}

/**
 * Encodes a SCSI Ports VPD page (SPC).
 *
 * @throws RangeError - a relative port identifier has no code, a name does not fit its designator,
 * or a list its length field.
 *
 * @example
 * ```ts
 * import { encodeScsiPorts } from 'scsi-target/vpd';
 *
 * encodeScsiPorts({ ports: [{ relativePortId: 1, targetPort: [] }] });
 * ```
 */
export function encodeScsiPorts(page: ScsiPortsPage): Uint8Array {
  const ports = page.ports.map(encodePort);
  const bytes = blankPage(SCSI_PORTS, totalLength(ports));
  encodeLayout(PAGE_HEADER, page, bytes);
  bytes.set(joinChunks(ports), 4);
  return bytes;
}

/**
 * Decodes a SCSI Ports VPD page (SPC); undefined where the bytes are no such page. A port that is cut
 * off, and what follows it, is left out. A TransportID is a part of `bytes`, not a copy.
 */
export function decodeScsiPorts(bytes: Uint8Array): ScsiPortsPage | undefined {
  const page = findPage(bytes, SCSI_PORTS, 0);
  if (page === undefined) return undefined;
  const ports: ScsiPort[] = [];
  let at = 4;
  while (at + 12 <= page.length) {
    const transportIdEnd = at + 8 + getU16(page, at + 6);
    const end = transportIdEnd + 4 + getU16(page, transportIdEnd + 2);
    if (transportIdEnd + 4 > page.length || end > page.length) break;
    const transportId = page.subarray(at + 8, transportIdEnd);
    ports.push({
      relativePortId: getU16(page, at + 2),
      ...(transportId.length > 0 && { initiatorTransportId: transportId }),
      targetPort: decodeDesignators(page.subarray(transportIdEnd + 4, end)),
    });
    at = end;
  }
  return { ...decodeLayout(PAGE_HEADER, page), ports };
}

function encodePort(port: ScsiPort): Uint8Array {
  const { relativePortId, initiatorTransportId: transportId } = port;
  if (!Number.isInteger(relativePortId) || relativePortId < 1 || relativePortId > 0xffff)
    throw new RangeError(`relativePortId: ${relativePortId} is not an integer from 1 to 65535`);
  const transportIdLength = transportId?.length ?? 0;
  const targetPort = encodeDesignators(port.targetPort);
  for (const [name, length] of [
    ['initiatorTransportId', transportIdLength],
    ['targetPort', targetPort.length],
  ] as const)
    if (length > 0xffff) throw new RangeError(`${name}: ${length} bytes are over 65535`);
  const bytes = new Uint8Array(12 + transportIdLength + targetPort.length);
  putU16(bytes, 2, relativePortId);
  putU16(bytes, 6, transportIdLength);
  if (transportId !== undefined) bytes.set(transportId, 8);
  putU16(bytes, 8 + transportIdLength + 2, targetPort.length);
  bytes.set(targetPort, 12 + transportIdLength);
  return bytes;
}
