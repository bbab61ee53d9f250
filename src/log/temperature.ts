/** Temperature log page, 0Dh (SPC). */
import { LOG_PARAMETER_FORMAT } from './log-page.ts';
import {
  decodeLogPageOf,
  encodeLogPageOf,
  type LogEncodeOptions,
  type LogPageSpec,
} from './log-page-spec.ts';

/** Temperature log page (SPC). Degrees Celsius, 0 to 254; 0: zero or below; 255: not known. */
export interface TemperaturePage {
  /** TEMPERATURE. */
  readonly temperature?: number;
  /** REFERENCE TEMPERATURE: the highest at which the device works continuously. */
  readonly referenceTemperature?: number;
}

const { BINARY_LIST } = LOG_PARAMETER_FORMAT;

/** The Temperature log page as data. */
export const TEMPERATURE: LogPageSpec<TemperaturePage> = {
  pageCode: 0x0d,
  parameters: [
    { code: 0x0000, length: 2, format: BINARY_LIST },
    { code: 0x0001, length: 2, format: BINARY_LIST },
  ],
  fields: {
    temperature: [0x0000, ['u8', 1]],
    referenceTemperature: [0x0001, ['u8', 1]],
  },
};

/**
 * Encodes a Temperature log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeTemperature(page: TemperaturePage, options?: LogEncodeOptions): Uint8Array {
  return encodeLogPageOf(TEMPERATURE, page, options);
}

/**
 * Decodes a Temperature log page (SPC); undefined where the bytes are no such page. What has no parameter is
 * absent.
 */
export function decodeTemperature(bytes: Uint8Array): TemperaturePage | undefined {
  return decodeLogPageOf(TEMPERATURE, bytes);
}
