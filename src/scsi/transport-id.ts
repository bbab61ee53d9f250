/** TransportIDs (SPC): how parameter data of persistent reservations names an initiator port. */
import { getU16, putU16 } from '../bytes.ts';
import { ISCSI_PROTOCOL } from './target-port.ts';

/** iSCSI, FORMAT CODE 00b: an initiator device, which stands for all of its ports. */
export interface IscsiDeviceTransportId {
  /** Which kind of TransportID. */
  readonly type: 'iSCSI device';
  /** iSCSI name, at most 223 bytes of UTF-8. */
  readonly name: string;
}

/** iSCSI, FORMAT CODE 01b: an initiator port. */
export interface IscsiPortTransportId {
  /** Which kind of TransportID. */
  readonly type: 'iSCSI port';
  /** iSCSI name, at most 223 bytes of UTF-8. */
  readonly name: string;
  /** ISID as 12 lower-case hexadecimal digits. */
  readonly isid: string;
}

/** No specific protocol (PROTOCOL IDENTIFIER Fh): the initiator port's name as this library knows it. */
export interface NamedTransportId {
  /** Which kind of TransportID. */
  readonly type: 'name';
  /** At most 65 000 bytes of UTF-8. */
  readonly name: string;
}

/** Any other TransportID, as its bytes. */
export interface RawTransportId {
  /** Which kind of TransportID. */
  readonly type: 'raw';
  /** The whole TransportID. */
  readonly bytes: Uint8Array;
}

/** A TransportID (SPC). */
export type TransportId =
  IscsiDeviceTransportId | IscsiPortTransportId | NamedTransportId | RawTransportId;

/** PROTOCOL IDENTIFIER of a transport that has none. */
const NO_PROTOCOL = 0xf;
/** FORMAT CODE 01b, in the two highest bits of byte 0. */
const PORT_FORMAT = 0x40;
/** Length of TransportIDs that do not say how long they are, and the least of those that do. */
const FIXED_LENGTH = 24;
const MAX_ISCSI_NAME_LENGTH = 223;
const MAX_NAME_LENGTH = 65_000;
const SEPARATOR = ',i,0x';

/**
 * Encodes a TransportID.
 *
 * @throws RangeError - a name is too long or has a NUL in it, an iSCSI name is empty, or an ISID is
 * not 12 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { encodeTransportId } from 'scsi-target/scsi';
 *
 * const bytes = encodeTransportId({ type: 'iSCSI device', name: 'iqn.2026-11.com.example:host' });
 * ```
 */
export function encodeTransportId(id: TransportId): Uint8Array {
  switch (id.type) {
    case 'raw':
      return id.bytes;
    case 'name':
      return withName(NO_PROTOCOL, nameBytes(id.name, 0, MAX_NAME_LENGTH));
    case 'iSCSI device':
      return withName(ISCSI_PROTOCOL, nameBytes(id.name));
    case 'iSCSI port':
      if (!/^[0-9a-f]{12}$/.test(id.isid))
        throw new RangeError(`isid: '${id.isid}' is not 12 lower-case hexadecimal digits`);
      nameBytes(id.name);
      return withName(
        PORT_FORMAT | ISCSI_PROTOCOL,
        new TextEncoder().encode(`${id.name}${SEPARATOR}${id.isid}`),
      );
  }
}

/**
 * Decodes a TransportID.
 *
 * @param bytes - exactly the TransportID. One of another protocol comes as `raw`, a part of `bytes`.
 * @returns `undefined` where it is malformed.
 */
export function decodeTransportId(bytes: Uint8Array): TransportId | undefined {
  if (bytes.length !== transportIdLength(bytes)) return undefined;
  const kind = (bytes[0] ?? 0) & 0xcf;
  if (kind !== ISCSI_PROTOCOL && kind !== (ISCSI_PROTOCOL | PORT_FORMAT) && kind !== NO_PROTOCOL)
    // A format of iSCSI that does not exist means nothing; another protocol's is not ours to judge.
    return (kind & 0x0f) === ISCSI_PROTOCOL ? undefined : { type: 'raw', bytes };
  const text = textOf(bytes.subarray(4));
  if (text === undefined) return undefined;
  if (kind === NO_PROTOCOL) return { type: 'name', name: text };
  if (kind === ISCSI_PROTOCOL)
    return isIscsiLong(text) ? { type: 'iSCSI device', name: text } : undefined;
  const port = /^(.+),i,0x([0-9a-f]{1,12})$/is.exec(text);
  const [, name = '', isid = ''] = port ?? [];
  if (!isIscsiLong(name)) return undefined;
  return { type: 'iSCSI port', name, isid: isid.toLowerCase().padStart(12, '0') };
}

/**
 * Divides TransportIDs that follow one after the other.
 *
 * @returns the bytes of each, not copied; or the offset of the first one that is cut off.
 */
export function splitTransportIds(bytes: Uint8Array): readonly Uint8Array[] | number {
  const ids: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = transportIdLength(bytes.subarray(at));
    if (length === undefined || at + length > bytes.length) return at;
    ids.push(bytes.subarray(at, at + length));
    at += length;
  }
  return ids;
}

/**
 * The TransportID of an initiator port.
 *
 * @param name - the SCSI initiator port name, as `Nexus.initiator` has it.
 * @param protocol - the PROTOCOL IDENTIFIER of the target port; absent for a transport that has none.
 */
export function transportIdOf(name: string, protocol: number | undefined): TransportId {
  if (protocol !== ISCSI_PROTOCOL) return { type: 'name', name };
  const [, device, isid] = /^(.+),i,0x([0-9a-f]{12})$/s.exec(name) ?? [];
  return device === undefined || isid === undefined
    ? { type: 'iSCSI device', name }
    : { type: 'iSCSI port', name: device, isid };
}

/**
 * Which initiator ports a TransportID means.
 *
 * @param known - the names of the initiator ports that are known; an initiator device stands for
 * those of them that are its own.
 * @param protocol - the PROTOCOL IDENTIFIER of the target port.
 * @returns their names; `undefined` for a TransportID that is not of that protocol.
 */
export function initiatorPorts(
  id: TransportId,
  known: Iterable<string>,
  protocol: number | undefined,
): readonly string[] | undefined {
  if (id.type === 'raw' || (id.type === 'name') !== (protocol !== ISCSI_PROTOCOL)) return undefined;
  if (id.type === 'name') return [id.name];
  // RFC 3722: names are compared in lower case and normal form KC.
  const name = id.name.normalize('NFKC').toLowerCase();
  if (id.type === 'iSCSI port') return [`${name}${SEPARATOR}${id.isid}`];
  return [...new Set(known)].filter((port) => port === name || port.startsWith(name + SEPARATOR));
}

/** Where a TransportID ends; `undefined` where its ADDITIONAL LENGTH is not one it can have. */
function transportIdLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < FIXED_LENGTH) return undefined;
  const protocol = (bytes[0] ?? 0) & 0x0f;
  if (protocol !== ISCSI_PROTOCOL && protocol !== NO_PROTOCOL) return FIXED_LENGTH;
  const length = 4 + getU16(bytes, 2);
  return length < FIXED_LENGTH || length % 4 !== 0 ? undefined : length;
}

/** NUL-terminated, and padded with more of them to a multiple of four. */
function withName(first: number, name: Uint8Array): Uint8Array {
  const length = Math.max(FIXED_LENGTH, 4 + 4 * Math.ceil((name.length + 1) / 4));
  const bytes = new Uint8Array(length);
  bytes[0] = first;
  putU16(bytes, 2, length - 4);
  bytes.set(name, 4);
  return bytes;
}

function nameBytes(name: string, least = 1, most = MAX_ISCSI_NAME_LENGTH): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length < least || bytes.length > most || bytes.includes(0))
    throw new RangeError(`name: '${name}' is not ${least} to ${most} bytes without NUL`);
  return bytes;
}

function isIscsiLong(name: string): boolean {
  const { length } = new TextEncoder().encode(name);
  return length > 0 && length <= MAX_ISCSI_NAME_LENGTH;
}

/** The text before the first NUL; `undefined` without one, or with anything but NULs behind it. */
function textOf(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  if (end < 0 || bytes.subarray(end).some((byte) => byte !== 0)) return undefined;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
