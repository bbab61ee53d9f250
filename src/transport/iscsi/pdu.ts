/**
 * iSCSI PDUs (RFC 7143 section 11): typed values to bytes and back, for both directions.
 *
 * The header of each kind is a row of plain data in `pdu-request.ts` or `pdu-response.ts`. Code that
 * runs once a command reads a few header bytes directly instead (`command.ts`, `data-in.ts`).
 */
import { decodeLayout, encodeLayout } from '../../layout.ts';
import type { Layout } from '../../layout.ts';
import { getU24, getU32, putU24, putU32 } from '../../bytes.ts';
import { HEADER_LENGTH, NO_TAG, padding } from './pdu-spec.ts';
import type { PduFrame, PduSpec } from './pdu-spec.ts';
import {
  DATA_OUT,
  LOGIN_REQUEST,
  LOGOUT_REQUEST,
  NOP_OUT,
  SCSI_COMMAND,
  SNACK_REQUEST,
  TASK_MANAGEMENT_REQUEST,
  TEXT_REQUEST,
} from './pdu-request.ts';
import type {
  DataOutPdu,
  LoginRequestPdu,
  LogoutRequestPdu,
  NopOutPdu,
  ScsiCommandPdu,
  SnackRequestPdu,
  TaskManagementRequestPdu,
  TextRequestPdu,
} from './pdu-request.ts';
import {
  ASYNC_MESSAGE,
  DATA_IN,
  LOGIN_RESPONSE,
  LOGOUT_RESPONSE,
  NOP_IN,
  R2T,
  REJECT,
  SCSI_RESPONSE,
  TASK_MANAGEMENT_RESPONSE,
  TEXT_RESPONSE,
} from './pdu-response.ts';
import type {
  AsyncMessagePdu,
  DataInPdu,
  LoginResponsePdu,
  LogoutResponsePdu,
  NopInPdu,
  R2TPdu,
  RejectPdu,
  ScsiResponsePdu,
  TaskManagementResponsePdu,
  TextResponsePdu,
} from './pdu-response.ts';

/** A PDU that an initiator sends. */
export type RequestPdu =
  | NopOutPdu
  | ScsiCommandPdu
  | TaskManagementRequestPdu
  | LoginRequestPdu
  | TextRequestPdu
  | DataOutPdu
  | LogoutRequestPdu
  | SnackRequestPdu;

/** A PDU that a target sends. */
export type ResponsePdu =
  | NopInPdu
  | ScsiResponsePdu
  | TaskManagementResponsePdu
  | LoginResponsePdu
  | TextResponsePdu
  | DataInPdu
  | LogoutResponsePdu
  | R2TPdu
  | AsyncMessagePdu
  | RejectPdu;

/** Any PDU. */
export type Pdu = RequestPdu | ResponsePdu;

type SpecOf<K extends Pdu['kind']> = PduSpec<Extract<Pdu, { readonly kind: K }>>;

/** The rows of all PDUs, by kind. */
export const PDU_SPECS: { readonly [K in Pdu['kind']]: SpecOf<K> } = {
  'NOP-Out': NOP_OUT,
  'SCSI Command': SCSI_COMMAND,
  'Task Management Request': TASK_MANAGEMENT_REQUEST,
  'Login Request': LOGIN_REQUEST,
  'Text Request': TEXT_REQUEST,
  'SCSI Data-Out': DATA_OUT,
  'Logout Request': LOGOUT_REQUEST,
  'SNACK Request': SNACK_REQUEST,
  'NOP-In': NOP_IN,
  'SCSI Response': SCSI_RESPONSE,
  'Task Management Response': TASK_MANAGEMENT_RESPONSE,
  'Login Response': LOGIN_RESPONSE,
  'Text Response': TEXT_RESPONSE,
  'SCSI Data-In': DATA_IN,
  'Logout Response': LOGOUT_RESPONSE,
  R2T,
  'Asynchronous Message': ASYNC_MESSAGE,
  Reject: REJECT,
};

interface AnySpec {
  readonly kind: string;
  readonly opcode: number;
  readonly set?: number;
  readonly immediate?: boolean;
  readonly noTask?: boolean;
  readonly fields: Layout<Record<string, number>>;
  readonly bytes: Readonly<Record<string, readonly [at: number, length: number]>>;
}

const EMPTY = new Uint8Array(0);

/** The opcode of a header. */
export function opcodeOf(header: Uint8Array): number {
  return (header[0] ?? 0) & 0x3f;
}

/** The kind of PDU that a header announces; undefined for an opcode that is not in RFC 7143. */
export function kindOf(header: Uint8Array): Pdu['kind'] | undefined {
  const opcode = opcodeOf(header);
  for (const spec of Object.values(PDU_SPECS)) if (spec.opcode === opcode) return spec.kind;
  return undefined;
}

/**
 * Decodes a PDU that was cut out of the stream. Its data and bytes are views, not copies.
 *
 * @returns undefined for an opcode that is not in RFC 7143.
 * @example
 * ```ts
 * const parser = new PduParser();
 * parser.push(chunk);
 * const frame = parser.next();
 * if (frame !== undefined && !('fault' in frame)) console.log(decodePdu(frame)?.kind);
 * ```
 */
export function decodePdu(frame: PduFrame): Pdu | undefined {
  const kind = kindOf(frame.header);
  return kind === undefined ? undefined : decodePduAs(kind, frame);
}

/** Decodes a PDU whose kind is known. */
export function decodePduAs<K extends Pdu['kind']>(
  kind: K,
  frame: PduFrame,
): Extract<Pdu, { readonly kind: K }> {
  const spec = PDU_SPECS[kind] as unknown as AnySpec;
  const value: Record<string, unknown> = decodeLayout(spec.fields, frame.header);
  value['kind'] = kind;
  for (const name in spec.bytes) {
    const [at, length] = spec.bytes[name] ?? [0, 0];
    value[name] = frame.header.subarray(at, at + length);
  }
  if (!WITHOUT_DATA.has(kind)) value['data'] = frame.data;
  if (kind === 'SCSI Command') value['ahs'] = frame.ahs;
  return value as unknown as Extract<Pdu, { readonly kind: K }>;
}

const WITHOUT_DATA: ReadonlySet<Pdu['kind']> = new Set<Pdu['kind']>([
  'Task Management Request',
  'Task Management Response',
  'Logout Request',
  'Logout Response',
  'SNACK Request',
  'R2T',
]);

/**
 * Writes the header of a PDU into 48 bytes that are zero, the lengths of its segments included.
 *
 * @throws RangeError - a member has no code in its field, or bytes of a wrong length.
 */
export function encodeHeader(pdu: Pdu, header: Uint8Array): void {
  const spec = PDU_SPECS[pdu.kind] as unknown as AnySpec;
  header[0] = spec.opcode | (spec.immediate === true ? 0x40 : 0);
  header[1] = spec.set ?? 0;
  encodeLayout(spec.fields, pdu as unknown as Record<string, number>, header);
  for (const name in spec.bytes) {
    const [at, length] = spec.bytes[name] ?? [0, 0];
    const value = (pdu as unknown as Record<string, Uint8Array>)[name] ?? EMPTY;
    if (value.length !== length)
      throw new RangeError(`${name}: ${length} bytes, not ${value.length}`);
    header.set(value, at);
  }
  if (spec.noTask === true) putU32(header, 16, NO_TAG);
  const ahs = 'ahs' in pdu ? pdu.ahs : EMPTY;
  if (ahs.length % 4 !== 0 || ahs.length > 1020)
    throw new RangeError(`ahs: ${ahs.length} bytes are not 0 to 255 words`);
  header[4] = ahs.length / 4;
  const data = 'data' in pdu ? pdu.data : EMPTY;
  if (data.length > 0xff_ffff) throw new RangeError(`data: ${data.length} bytes exceed 2^24 - 1`);
  putU24(header, 5, data.length);
}

/**
 * Encodes a PDU: header, additional header segments, data, padding.
 *
 * @throws RangeError - a member has no code in its field, or bytes of a wrong length.
 * @example
 * ```ts
 * socket.write(encodePdu({ kind: 'Logout Request', immediate: true, reason: 0, initiatorTaskTag: 7,
 *   connectionId: 0, cmdSn: 1, expStatSn: 1 }));
 * ```
 */
export function encodePdu(pdu: Pdu): Uint8Array {
  const ahs = 'ahs' in pdu ? pdu.ahs : EMPTY;
  const data = 'data' in pdu ? pdu.data : EMPTY;
  const dataAt = HEADER_LENGTH + ahs.length;
  const bytes = new Uint8Array(dataAt + data.length + padding(data.length));
  encodeHeader(pdu, bytes.subarray(0, HEADER_LENGTH));
  bytes.set(ahs, HEADER_LENGTH);
  bytes.set(data, dataAt);
  return bytes;
}

/** The data segment length that a header states. */
export function dataSegmentLength(header: Uint8Array): number {
  return getU24(header, 5);
}

/** The initiator task tag of a header. */
export function initiatorTaskTag(header: Uint8Array): number {
  return getU32(header, 16);
}
