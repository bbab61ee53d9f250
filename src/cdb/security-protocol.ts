import { getU16, putU16 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** SECURITY PROTOCOL IN (SPC). */
export interface SecurityProtocolIn extends CdbRequest {
  readonly op: 'SECURITY PROTOCOL IN';
  /** SECURITY PROTOCOL, 0 to 255: see {@link SECURITY_PROTOCOL_INFORMATION}. */
  readonly protocol: number;
  /** SECURITY PROTOCOL SPECIFIC, 0 to 65535. */
  readonly protocolSpecific: number;
  /** INC_512: the length counts 512 bytes each. */
  readonly increments: boolean;
  /** ALLOCATION LENGTH, 0 to 2^32 − 1, in bytes or in 512 bytes. */
  readonly allocationLength: number;
}

/** SECURITY PROTOCOL OUT (SPC). */
export interface SecurityProtocolOut extends CdbRequest {
  readonly op: 'SECURITY PROTOCOL OUT';
  /** SECURITY PROTOCOL, 0 to 255; not 0. */
  readonly protocol: number;
  /** SECURITY PROTOCOL SPECIFIC, 0 to 65535. */
  readonly protocolSpecific: number;
  /** INC_512: the length counts 512 bytes each. */
  readonly increments: boolean;
  /** TRANSFER LENGTH, 0 to 2^32 − 1, in bytes or in 512 bytes. */
  readonly parameterListLength: number;
}

/** CDB of SECURITY PROTOCOL IN. */
export const SECURITY_PROTOCOL_IN_12: CdbSpec<SecurityProtocolIn> = {
  op: 'SECURITY PROTOCOL IN',
  opcode: 0xa2,
  length: 12,
  transfer: 'allocation in',
  fields: {
    protocol: ['u8', 1],
    protocolSpecific: ['u16', 2],
    increments: ['bit', 4, 7],
    allocationLength: ['u32', 6],
  },
};

/** CDB of SECURITY PROTOCOL OUT. */
export const SECURITY_PROTOCOL_OUT_12: CdbSpec<SecurityProtocolOut> = {
  op: 'SECURITY PROTOCOL OUT',
  opcode: 0xb5,
  length: 12,
  transfer: 'list out',
  fields: {
    protocol: ['u8', 1],
    protocolSpecific: ['u16', 2],
    increments: ['bit', 4, 7],
    parameterListLength: ['u32', 6],
  },
};

/** SECURITY PROTOCOL: information about the security protocols themselves (SPC). */
export const SECURITY_PROTOCOL_INFORMATION = 0x00;

/** SECURITY PROTOCOL SPECIFIC where the protocol is {@link SECURITY_PROTOCOL_INFORMATION} (SPC). */
export const SECURITY_INFORMATION = {
  /** Supported security protocol list. */
  PROTOCOLS: 0x0000,
  /** Certificate data. */
  CERTIFICATE: 0x0001,
} as const;

/**
 * Encodes a supported security protocol list (SPC), protocols ascending.
 *
 * @throws RangeError - there are over 65535 protocols.
 */
export function encodeSecurityProtocols(protocols: readonly number[]): Uint8Array {
  if (protocols.length > 0xffff)
    throw new RangeError(`protocols: at most 65535, not ${protocols.length}`);
  const bytes = new Uint8Array(8 + protocols.length);
  putU16(bytes, 6, protocols.length);
  bytes.set(protocols, 8);
  return bytes;
}

/** Decodes a supported security protocol list (SPC); undefined if fewer than 8 bytes. */
export function decodeSecurityProtocols(bytes: Uint8Array): readonly number[] | undefined {
  return bytes.length < 8 ? undefined : [...bytes.subarray(8, 8 + getU16(bytes, 6))];
}

/**
 * Encodes certificate data (SPC).
 *
 * @param certificate - X.509 certificates; empty: there is none.
 * @throws RangeError - it is over 65535 bytes long.
 */
export function encodeCertificateData(certificate: Uint8Array): Uint8Array {
  if (certificate.length > 0xffff)
    throw new RangeError(`certificate: at most 65535 bytes, not ${certificate.length}`);
  const bytes = new Uint8Array(4 + certificate.length);
  putU16(bytes, 2, certificate.length);
  bytes.set(certificate, 4);
  return bytes;
}

/** Decodes certificate data (SPC): a part of `bytes`; undefined if fewer than 4 bytes. */
export function decodeCertificateData(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length < 4 ? undefined : bytes.subarray(4, 4 + getU16(bytes, 2));
}
