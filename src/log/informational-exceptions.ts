/** Informational Exceptions log page, 2Fh (SPC). */
import { LOG_PARAMETER_FORMAT } from './log-page.ts';
import {
  decodeLogPageOf,
  encodeLogPageOf,
  type LogEncodeOptions,
  type LogPageSpec,
} from './log-page-spec.ts';

/** Informational Exceptions log page (SPC). */
export interface InformationalExceptionsPage {
  /** INFORMATIONAL EXCEPTION ADDITIONAL SENSE CODE, 0 to 255; 0: none is pending. */
  readonly asc?: number;
  /** INFORMATIONAL EXCEPTION ADDITIONAL SENSE CODE QUALIFIER, 0 to 255. */
  readonly ascq?: number;
  /** MOST RECENT TEMPERATURE READING in degrees Celsius, 0 to 254; 0: zero or below; 255: not known. */
  readonly temperature?: number;
}

const { BINARY_LIST } = LOG_PARAMETER_FORMAT;

/** The Informational Exceptions log page as data. */
export const INFORMATIONAL_EXCEPTIONS: LogPageSpec<InformationalExceptionsPage> = {
  pageCode: 0x2f,
  parameters: [{ code: 0x0000, length: 4, format: BINARY_LIST }],
  fields: {
    asc: [0x0000, ['u8', 0]],
    ascq: [0x0000, ['u8', 1]],
    temperature: [0x0000, ['u8', 2]],
  },
};

/**
 * Encodes an Informational Exceptions log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeInformationalExceptions(
  page: InformationalExceptionsPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPageOf(INFORMATIONAL_EXCEPTIONS, page, options);
}

/**
 * Decodes an Informational Exceptions log page (SPC); undefined where the bytes are no such page. What has no parameter is
 * absent.
 */
export function decodeInformationalExceptions(
  bytes: Uint8Array,
): InformationalExceptionsPage | undefined {
  return decodeLogPageOf(INFORMATIONAL_EXCEPTIONS, bytes);
}
