/** Application Client log page, 0Fh (SPC): a place for what applications want to keep there. */
import {
  encodeLogPage,
  findLogParameters,
  LOG_PARAMETER_FORMAT,
  type LogParameter,
} from './log-page.ts';
import type { LogEncodeOptions } from './log-page-spec.ts';

/** PAGE CODE of the Application Client log page. */
export const APPLICATION_CLIENT = 0x0f;

/** Bytes of a general usage parameter. */
export const APPLICATION_CLIENT_LENGTH = 252;

/** General usage application client parameter (SPC). A device has at least those of codes 0 to 3Fh. */
export interface ApplicationClientParameter {
  /** PARAMETER CODE, 0 to FFFh. */
  readonly code: number;
  /** GENERAL USAGE PARAMETER BYTES: 252; encoding fills up fewer with zeros. */
  readonly data: Uint8Array;
}

/**
 * The parameters of an Application Client log page (SPC), in the order given.
 *
 * @throws RangeError - a code is over FFFh, or data is over 252 bytes.
 */
export function applicationClientParameters(
  parameters: readonly ApplicationClientParameter[],
  options: LogEncodeOptions = {},
): readonly LogParameter[] {
  return parameters.map(({ code, data }) => {
    if (!Number.isInteger(code) || code < 0 || code > 0xfff)
      throw new RangeError(`code: ${code} is not an integer from 0 to 4095`);
    if (data.length > APPLICATION_CLIENT_LENGTH)
      throw new RangeError(`data: at most ${APPLICATION_CLIENT_LENGTH} bytes, not ${data.length}`);
    const value = new Uint8Array(APPLICATION_CLIENT_LENGTH);
    value.set(data);
    return {
      code,
      format: LOG_PARAMETER_FORMAT.BINARY_LIST,
      targetSaveDisable: options.targetSaveDisable ?? false,
      value,
    };
  });
}

/**
 * Encodes an Application Client log page (SPC): 256 bytes a parameter, which are to be ascending in
 * code.
 *
 * @throws RangeError - a code is over FFFh, data is over 252 bytes, or there are over 255 parameters.
 */
export function encodeApplicationClient(
  parameters: readonly ApplicationClientParameter[],
  options?: LogEncodeOptions,
): Uint8Array {
  const page = { pageCode: APPLICATION_CLIENT };
  return encodeLogPage(page, applicationClientParameters(parameters, options), options);
}

/**
 * Decodes an Application Client log page (SPC); undefined where the bytes are no such page.
 * Parameters of reserved codes are left out. The data are parts of `bytes`, not copies.
 */
export function decodeApplicationClient(
  bytes: Uint8Array,
): readonly ApplicationClientParameter[] | undefined {
  return findLogParameters(bytes, { pageCode: APPLICATION_CLIENT })?.flatMap(({ code, value }) =>
    code > 0xfff ? [] : [{ code, data: value }],
  );
}
