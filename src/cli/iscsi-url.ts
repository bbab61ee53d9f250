/** `iscsi://HOST:PORT/TARGET/LUN`, as `serve` prints it and libiscsi and QEMU take it. */
import { UsageError } from './errors.ts';

/** A logical unit behind a portal. */
export interface IscsiUrl {
  /** IPv4 address, IPv6 address without brackets, or host name. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** iSCSI name of the target. */
  readonly targetName: string;
  /** Logical unit number. */
  readonly lun: number;
}

/**
 * Reads the URL of a logical unit; the port is 3260 where there is none.
 *
 * @throws UsageError - it is not such a URL.
 *
 * @example
 * ```ts
 * parseIscsiUrl('iscsi://[::1]/iqn.2026-11.com.example:disk/0');
 * // { host: '::1', port: 3260, targetName: 'iqn.2026-11.com.example:disk', lun: 0 }
 * ```
 */
export function parseIscsiUrl(text: string): IscsiUrl {
  const match = /^iscsi:\/\/(?:\[([^\]]+)\]|([^:/@[\]]+))(?::(\d{1,5}))?\/([^/]+)\/(\d{1,5})$/.exec(
    text,
  );
  const [, bracketed, plain = '', port = '3260', targetName = '', lun = ''] = match ?? [];
  if (match === null || Number(port) > 65_535 || Number(lun) > 16_383)
    throw new UsageError(`'${text}' is not iscsi://HOST:PORT/TARGET/LUN`);
  return { host: bracketed ?? plain, port: Number(port), targetName, lun: Number(lun) };
}
