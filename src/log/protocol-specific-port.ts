/** Protocol Specific Port log page, 18h (SPC), as far as it is the same for every transport. */
import {
  encodeLogPage,
  findLogParameters,
  LOG_PARAMETER_FORMAT,
  type LogParameter,
} from './log-page.ts';
import type { LogEncodeOptions } from './log-page-spec.ts';

/** PAGE CODE of the Protocol Specific Port log page. */
export const PROTOCOL_SPECIFIC_PORT = 0x18;

/** One port of a Protocol Specific Port log page (SPC). iSCSI adds no values of its own. */
export interface ProtocolSpecificPort {
  /** RELATIVE TARGET PORT IDENTIFIER, 1 to 65535. */
  readonly relativePortId: number;
  /** PROTOCOL IDENTIFIER, 0 to 15: 5 iSCSI, 6 SAS… */
  readonly protocol: number;
}

/**
 * The parameters of a Protocol Specific Port log page (SPC), of 4 bytes each, in the order given.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function protocolSpecificPortParameters(
  ports: readonly ProtocolSpecificPort[],
  options: LogEncodeOptions = {},
): readonly LogParameter[] {
  return ports.map(({ relativePortId, protocol }) => {
    check('relativePortId', relativePortId, 1, 0xffff);
    check('protocol', protocol, 0, 15);
    return {
      code: relativePortId,
      format: LOG_PARAMETER_FORMAT.BINARY_LIST,
      targetSaveDisable: options.targetSaveDisable ?? false,
      value: Uint8Array.of(protocol, 0, 0, 0),
    };
  });
}

/**
 * Encodes a Protocol Specific Port log page (SPC). The ports are to be ascending.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeProtocolSpecificPort(
  ports: readonly ProtocolSpecificPort[],
  options?: LogEncodeOptions,
): Uint8Array {
  const page = { pageCode: PROTOCOL_SPECIFIC_PORT };
  return encodeLogPage(page, protocolSpecificPortParameters(ports, options), options);
}

/**
 * Decodes a Protocol Specific Port log page (SPC); undefined where the bytes are no such page. A
 * parameter without a value, or of code 0, is left out.
 */
export function decodeProtocolSpecificPort(
  bytes: Uint8Array,
): readonly ProtocolSpecificPort[] | undefined {
  const found = findLogParameters(bytes, { pageCode: PROTOCOL_SPECIFIC_PORT });
  return found?.flatMap(({ code, value }) =>
    code === 0 || value.length === 0
      ? []
      : [{ relativePortId: code, protocol: (value[0] ?? 0) & 0x0f }],
  );
}

function check(name: string, value: number, least: number, largest: number): void {
  if (!Number.isInteger(value) || value < least || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from ${least} to ${largest}`);
}
