/** Log pages and log parameters (SPC): headers, control bytes and values, to bytes and back. */
import { getU16, joinChunks, putU16 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';

/** FORMAT AND LINKING (SPC): what kind of value a log parameter has. */
export const LOG_PARAMETER_FORMAT = {
  /** A counter that stops at its largest value; thresholds may apply. */
  BOUNDED_COUNTER: 0,
  /** ASCII text. */
  ASCII_LIST: 1,
  /** A counter that begins again at 0. */
  UNBOUNDED_COUNTER: 2,
  /** Anything else, binary. */
  BINARY_LIST: 3,
} as const;

/** What the parameter control byte of a log parameter says (SPC). */
export interface LogParameterControl {
  /** DU: the device does not update the value. */
  readonly disableUpdate: boolean;
  /** TSD: the device does not save the value on its own. */
  readonly targetSaveDisable: boolean;
  /** ETC: the value is compared with its threshold. */
  readonly enableThresholdComparison: boolean;
  /** TMC, 0 to 3: reported at 0 every update, 1 equal, 2 not equal, 3 greater than the threshold. */
  readonly thresholdMetCriteria: number;
  /** FORMAT AND LINKING, 0 to 3: see {@link LOG_PARAMETER_FORMAT}. */
  readonly format: number;
}

/** A log parameter (SPC). Members of the control byte that are absent are zero. */
export interface LogParameter extends Partial<LogParameterControl> {
  /** PARAMETER CODE, 0 to 65535. */
  readonly code: number;
  /** PARAMETER VALUE, at most 255 bytes. */
  readonly value: Uint8Array;
}

/** A log parameter and where it lies. */
export interface PlacedLogParameter extends LogParameterControl {
  /** PARAMETER CODE, 0 to 65535. */
  readonly code: number;
  /** PARAMETER VALUE: a part of the bytes it was found in, not a copy. */
  readonly value: Uint8Array;
  /** Byte offset of PARAMETER CODE in the bytes that were decoded. */
  readonly offset: number;
}

/** Which log page (SPC). */
export interface LogPageAddress {
  /** PAGE CODE, 0 to 3Fh. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 0 to FFh; absent: 0. */
  readonly subpage?: number;
}

/** What a log page says about itself beside its parameters. */
export interface LogPageOptions {
  /** DS: the page is not saved, whatever SP says. */
  readonly disableSave?: boolean;
}

/** A log page taken apart. */
export interface DecodedLogPage {
  /** DS. */
  readonly disableSave: boolean;
  /** SPF: the page has a subpage code. */
  readonly subpageFormat: boolean;
  /** PAGE CODE, 0 to 3Fh. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 0 to FFh, as found. */
  readonly subpage: number;
  /** PAGE LENGTH in bytes, as found. */
  readonly pageLength: number;
  /** Byte offset of the page in the bytes that were decoded. */
  readonly offset: number;
  /** The whole parameters, in their order. */
  readonly parameters: readonly PlacedLogParameter[];
  /** Byte offset of the first parameter that is not all there; absent: nothing is cut. */
  readonly truncatedAt?: number;
}

/** A parameter list of LOG SELECT taken apart. */
export interface DecodedLogPages {
  /** The pages. Only the last one can be cut. */
  readonly pages: readonly DecodedLogPage[];
  /** Byte offset of a page whose header is cut; absent: there is none. */
  readonly truncatedAt?: number;
}

const HEADER = 4;
const DS = 0x80;
const SPF = 0x40;

const CONTROL: Layout<LogParameterControl> = {
  disableUpdate: ['bit', 2, 7],
  targetSaveDisable: ['bit', 2, 5],
  enableThresholdComparison: ['bit', 2, 4],
  thresholdMetCriteria: ['bits', 2, 3, 2],
  format: ['bits', 2, 1, 0],
};

/**
 * Encodes a log page (SPC) of any parameters, which LOG SENSE wants ascending in their codes.
 *
 * @throws RangeError - a code has no place in its field, a value is over 255 bytes, or all together
 * are over 65535 bytes.
 *
 * @example
 * ```ts
 * import { encodeLogPage, logParameters, TEMPERATURE } from 'scsi-target/log';
 *
 * // What LOG SENSE answers when PARAMETER POINTER is 1.
 * const parameters = logParameters(TEMPERATURE, { temperature: 30, referenceTemperature: 60 });
 * const wanted = parameters.filter(({ code }) => code >= 1);
 * encodeLogPage(TEMPERATURE, wanted); // 0d 00 00 06 00 01 03 02 00 3c
 * ```
 */
export function encodeLogPage(
  page: LogPageAddress,
  parameters: readonly LogParameter[],
  options: LogPageOptions = {},
): Uint8Array {
  return encodeLogPageBody(page, joinChunks(parameters.map(encodeLogParameter)), options);
}

/** Encodes the header of a log page (SPC) and what follows it, which may be no parameters. */
export function encodeLogPageBody(
  { pageCode, subpage = 0 }: LogPageAddress,
  body: Uint8Array,
  options: LogPageOptions = {},
): Uint8Array {
  check('pageCode', pageCode, 0x3f);
  check('subpage', subpage, 0xff);
  check('page length', body.length, 0xffff);
  const bytes = new Uint8Array(HEADER + body.length);
  bytes[0] = (options.disableSave === true ? DS : 0) | (subpage === 0 ? 0 : SPF) | pageCode;
  bytes[1] = subpage;
  putU16(bytes, 2, body.length);
  bytes.set(body, HEADER);
  return bytes;
}

/**
 * Takes a log page apart (SPC); undefined where not even its header is there. Never throws. A
 * parameter that is cut, by the end of the bytes or of the page, is left out.
 */
export function decodeLogPage(bytes: Uint8Array): DecodedLogPage | undefined {
  return decodeAt(bytes, 0);
}

/** Takes the parameter list of LOG SELECT (SPC) apart: log pages one after the other. Never throws. */
export function decodeLogPages(bytes: Uint8Array): DecodedLogPages {
  const pages: DecodedLogPage[] = [];
  let at = 0;
  while (at < bytes.length) {
    const page = decodeAt(bytes, at);
    if (page === undefined) return { pages, truncatedAt: at };
    pages.push(page);
    at += HEADER + page.pageLength;
  }
  return { pages };
}

/** What follows the header of the page, if the bytes are that page. */
export function findLogPageBody(
  bytes: Uint8Array,
  { pageCode, subpage = 0 }: LogPageAddress,
): Uint8Array | undefined {
  if (bytes.length < HEADER) return undefined;
  const [first = 0, second = 0] = bytes;
  const found = (first & SPF) === 0 ? 0 : second;
  if ((first & 0x3f) !== pageCode || found !== subpage) return undefined;
  return bytes.subarray(HEADER, HEADER + getU16(bytes, 2));
}

/** The parameters of the page, if the bytes are that page. */
export function findLogParameters(
  bytes: Uint8Array,
  page: LogPageAddress,
): readonly PlacedLogParameter[] | undefined {
  return findLogPageBody(bytes, page) && decodeAt(bytes, 0)?.parameters;
}

function encodeLogParameter(parameter: LogParameter): Uint8Array {
  const { code, value } = parameter;
  check('code', code, 0xffff);
  check('value length', value.length, 0xff);
  const bytes = encodeLayout(CONTROL, parameter, new Uint8Array(HEADER + value.length));
  putU16(bytes, 0, code);
  bytes[3] = value.length;
  bytes.set(value, HEADER);
  return bytes;
}

function decodeAt(bytes: Uint8Array, offset: number): DecodedLogPage | undefined {
  if (offset + HEADER > bytes.length) return undefined;
  const first = bytes[offset] ?? 0;
  const pageLength = getU16(bytes, offset + 2);
  const end = offset + HEADER + pageLength;
  const parameters: PlacedLogParameter[] = [];
  let at = offset + HEADER;
  while (at < end) {
    const next = at + HEADER + (bytes[at + 3] ?? 0);
    if (at + HEADER > bytes.length || next > end || next > bytes.length) break;
    parameters.push({
      code: getU16(bytes, at),
      ...decodeLayout(CONTROL, bytes.subarray(at)),
      value: bytes.subarray(at + HEADER, next),
      offset: at,
    });
    at = next;
  }
  return {
    disableSave: (first & DS) !== 0,
    subpageFormat: (first & SPF) !== 0,
    pageCode: first & 0x3f,
    subpage: bytes[offset + 1] ?? 0,
    pageLength,
    offset,
    parameters,
    ...(at < end && { truncatedAt: at }),
  };
}

function check(name: string, value: number, largest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
}
