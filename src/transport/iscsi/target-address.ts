/** `ADDRESS[:PORT][,PORTAL-GROUP-TAG]`: how targets tell where they are (RFC 7143, 13.8). */

/** A portal of a target. */
export interface TargetAddress {
  /** IPv4 address, IPv6 address without brackets, or host name. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Tag of the portal group; absent where it is not told, as in a redirect. */
  readonly portalGroupTag?: number;
}

/** The TCP port that IANA has given to iSCSI. */
export const ISCSI_PORT = 3260;

const FORM = /^(?:\[([^\]]+)\]|([^:,[\]]+))(?::(\d{1,5}))?(?:,(\d{1,5}))?$/;

/**
 * Reads a TargetAddress; undefined where it is none.
 *
 * @example
 * ```ts
 * parseTargetAddress('[2001:db8::1]:3261,1');
 * // { host: '2001:db8::1', port: 3261, portalGroupTag: 1 }
 * ```
 */
export function parseTargetAddress(text: string): TargetAddress | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain = '', port, tag] = match;
  const number = port === undefined ? ISCSI_PORT : Number(port);
  if (number === 0 || number > 0xffff || Number(tag ?? 0) > 0xffff) return undefined;
  return {
    host: bracketed ?? plain,
    port: number,
    ...(tag === undefined ? {} : { portalGroupTag: Number(tag) }),
  };
}
